import subprocess
from pathlib import Path

import pytest

from assay.data.code_pages import western
from assay.data.metadata import read_metadata
from assay.errors import DataError


@pytest.mark.parametrize("label", ["Käse", "Müll", "Straße", "Blé", "Ärger", "façade", "Öl"])
def test_a_table_of_windows_is_read_where_it_has_one_reading(label: str, tmp_path: Path, caplog) -> None:
    table = tmp_path / "labels.csv"
    table.write_bytes(f"file_name;label\na.png;{label}\nb.png;dog\n".encode("cp1252"))
    assert read_metadata(table)["label"].tolist() == [label, "dog"]
    assert "is read as Windows-1252" in caplog.text


@pytest.mark.parametrize(
    ("label", "page"),
    [
        ("роза", "cp1251"),
        ("łąka", "cp1250"),
        ("křen", "cp1250"),
        ("ağaç", "cp1254"),
        ("ρόδο", "cp1253"),
        ("forêt", "cp1252"),
        ("blé", "mac_roman"),
        ("Käse", "mac_roman"),
        ("桜の木", "shift_jis"),
        ("樱花", "gbk"),
        ("5 €", "cp1252"),
        ("Ü", "cp1252"),
    ],
)
def test_text_that_may_be_of_another_alphabet_is_not_guessed(label: str, page: str, tmp_path: Path) -> None:
    assert western(f"a,{label}\n".encode(page)) is None


def test_the_command_of_the_message_makes_a_table_that_is_read(tmp_path: Path) -> None:
    table = tmp_path / "my labels.csv"
    table.write_bytes("file_name,label\na.png,forêt\n".encode("cp1252"))
    with pytest.raises(DataError, match=r"line 2 is not UTF-8 \(byte 0xea\)") as refused:
        read_metadata(table)
    command = str(refused.value).rpartition(": ")[2]
    assert command.startswith("iconv ")
    subprocess.run(command, shell=True, check=True)
    assert read_metadata(tmp_path / "my labels-utf8.csv")["label"].tolist() == ["forêt"]
