"""`assay completion`: a script for a shell that completes commands, keys, options and choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.config.request import Help
from assay.errors import ConfigError, did_you_mean
from assay.output import say

SHELLS = ("bash", "zsh", "fish")
SCRIPTS = {
    "bash": r"""_assay() {
    local line word IFS=$'\n'
    line=${COMP_LINE:0:COMP_POINT}
    word=${line##*[[:space:]]}
    COMPREPLY=($(assay completion --line "$line" 2>/dev/null))
    # Where = and : break words, readline replaces what stands behind the last of them alone.
    local start=""
    case $word in *[=:]*) start=${word%"${word##*[=:]}"} ;; esac
    COMPREPLY=("${COMPREPLY[@]#"$start"}")
    case ${COMPREPLY[0]} in *=|*.) compopt -o nospace ;; esac
}
complete -F _assay assay""",
    "zsh": r"""#compdef assay
_assay() {
    local -a candidates
    candidates=("${(@f)$(assay completion --line "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
    candidates=(${candidates:#})
    compadd -S '' -- $candidates
}
compdef _assay assay""",
    "fish": r"""complete -c assay -f -a '(assay completion --line (commandline -cp) 2>/dev/null)'""",
}


@dataclass(frozen=True)
class CompletionRequest:
    """The words of the command itself.

    Attributes:
        shell: whose script is wanted.
        line: what was typed so far; the script asks with it for what may come next.
    """

    shell: Literal["", "bash", "zsh", "fish"] = ""
    line: Annotated[str, Help("what was typed so far; prints what may come next, one a line")] = ""


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    asked = parsed.request(request, shell=parsed.bare[0] if parsed.bare else "")
    if not asked.shell and "line" not in parsed.typed:
        raise ConfigError(f"a shell is needed: assay completion bash {did_you_mean('', SHELLS)}")
    return (asked,)


def complete(request: CompletionRequest) -> tuple[str, ...]:
    """The script of a shell, or what may come next, by line."""
    if request.shell:
        return tuple(SCRIPTS[request.shell].splitlines())
    from assay.commands.candidates import candidates

    words = request.line.split(" ")
    return tuple(candidates([word for word in words[1:-1] if word], words[-1]))


def text(result: Sequence[str], request: object) -> None:
    """Print it."""
    for line in result:
        say(line)


def document(result: Sequence[str], request: object) -> dict[str, Any]:
    """The lines."""
    return {"lines": list(result)}


def rows(result: Sequence[str], request: object) -> list[dict[str, Any]]:
    """A row for each line."""
    return [{"line": line} for line in result]


COMMAND = Command(
    name="completion",
    purpose="Print a script with which a shell completes commands, keys, options and choices.",
    pipeline="assay.commands.completion.complete",
    show="assay.commands.completion",
    request=CompletionRequest,
    groups=(),
    because="nothing of the config is read",
    bare=BareWord("shell", SHELLS.__contains__, "bash, zsh or fish", "bash|zsh|fish", SHELLS),
    arguments=_arguments,
    examples={
        "bash >> ~/.bashrc": 'for every new shell; for this one alone: eval "$(assay completion bash)"',
        "zsh >> ~/.zshrc": "behind the line with compinit",
        "fish > ~/.config/fish/completions/assay.fish": "fish finds it there",
    },
)
