"""Asks imagededup or cleanvision, in a process of its own, and prints who is a copy of whom as JSON."""

from __future__ import annotations

import contextlib
import json
import sys


def main() -> None:
    """`others.py TOOL FOLDER`."""
    tool, folder = sys.argv[1:]
    partners: dict[str, list[str]] = {}
    with contextlib.redirect_stdout(sys.stderr):
        if tool.startswith("imagededup"):
            from imagededup.methods import DHash, PHash

            method = PHash() if tool.endswith("phash") else DHash()
            codes = method.encode_images(folder, num_enc_workers=0)
            partners = method.find_duplicates(encoding_map=codes, max_distance_threshold=10, num_dist_workers=0)
        else:
            from cleanvision import Imagelab

            lab = Imagelab(data_path=folder)
            kinds = {"exact_duplicates": {}, "near_duplicates": {}} if tool == "cleanvision" else {"blurry": {}}
            lab.find_issues(kinds, n_jobs=1, verbose=False)
            if tool == "cleanvision":
                for kind in kinds:
                    for group in lab.info[kind]["sets"]:
                        names = [path.rsplit("/", 1)[-1] for path in group]
                        for name in names:
                            partners.setdefault(name, []).extend(other for other in names if other != name)
            else:
                issues = lab.issues[lab.issues["is_blurry_issue"]]
                partners = {"blurry": [path.rsplit("/", 1)[-1] for path in issues.index]}
    print(json.dumps(partners))


if __name__ == "__main__":
    main()
