"""Tables as people and programs write them: read where it is certain what was meant, else refused with the reason."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.data.metadata import located, read_metadata
from assay.errors import DataError


def written(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["path"], table["label"], strict=True))


TABLE = 'file_name,label\na/ü.png,cat\n"b,c.png",dog\n'


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        TABLE.replace("\n", "\r\n"),
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.encode("utf-16"),
        b"\xfe\xff" + TABLE.encode("utf-16-be"),
        'file_name;label\na/ü.png;cat\n"b,c.png";dog\n',
        "file_name\tlabel\na/ü.png\tcat\nb,c.png\tdog\n",
        "file_name|label\na/ü.png|cat\nb,c.png|dog\n",
        'file_name, label\na/ü.png, cat\n"b,c.png", "dog"\n',
        'File_Name , LABEL\na/ü.png,cat\n"b,c.png",dog\n',
        'filename,Label\na/ü.png,cat\n"b,c.png",dog\n',
    ],
)
def test_dialects_of_csv_hold_the_same_table(tmp_path: Path, text: str | bytes) -> None:
    assert rows(read_metadata(written(tmp_path, text))) == [("a/ü.png", "cat"), ("b,c.png", "dog")]


def test_bytes_of_an_unknown_alphabet_are_named_with_their_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 2 is not UTF-8 \(byte 0xfc\); save the table as UTF-8"):
        read_metadata(written(tmp_path, TABLE.encode("cp1252")))


@pytest.mark.parametrize("header", ["file_name,label,label", "file_name,label,Label", "path,label, LABEL "])
def test_a_column_that_is_there_twice_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(DataError, match="the column label is there twice"):
        read_metadata(written(tmp_path, f"{header}\na.png,cat,dog\n"))


def test_columns_in_capitals_are_taken(tmp_path: Path) -> None:
    table = read_metadata(written(tmp_path, "File_Name,Label,Split,Group,LICENSE\na.png,cat,test,7,CC0\n"))
    assert table.iloc[0].to_dict() == {"path": "a.png", "label": "cat", "split": "test", "group": "7", "license": "CC0"}


@pytest.mark.parametrize(
    ("column", "option"), [("patient", "group"), ("Group_ID", "group"), ("fold", "split"), ("Licence", "license")]
)
def test_a_column_that_looks_like_an_option_and_is_not_taken_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, column: str, option: str
) -> None:
    read_metadata(written(tmp_path, f"file_name,label,{column}\na.png,cat,1\n"))
    assert f"the column {column} is not used; call it {option}" in caplog.text


def test_a_column_of_labels_by_another_name_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column label; rename Class to label"):
        read_metadata(written(tmp_path, "file_name,Class\na.png,cat\n"))


def test_lists_as_labels_are_refused(tmp_path: Path) -> None:
    pd.DataFrame({"file_name": ["a.png"], "label": [["cat", "outdoor"]]}).to_parquet(tmp_path / "t.parquet")
    for name in ("t.parquet", written(tmp_path, '{"file_name": "a.png", "label": ["cat"]}', "t.jsonl").name):
        with pytest.raises(DataError, match="one label per image is needed, and 1 rows have a list"):
            read_metadata(tmp_path / name)


def test_backslashes_of_windows_lead_to_the_file_and_drives_nowhere(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "0.png").touch()
    (tmp_path / "a\\b.png").touch()
    assert located("cat\\0.png", str(tmp_path), inside=str(tmp_path)) == str(tmp_path / "cat" / "0.png")
    assert located("a\\b.png", str(tmp_path)) == str(tmp_path / "a\\b.png")
    for name in (r"C:\Users\me\0.png", r"\\server\share\0.png"):
        with pytest.raises(DataError, match="is a path of Windows") as refused:
            located(name, str(tmp_path))
        assert str(refused.value).endswith(f"as in {name.split(chr(92))[-2]}/0.png")


def test_a_list_of_objects_is_a_table_and_its_numbers_are_read_as_in_other_files(tmp_path: Path) -> None:
    text = '[{"File_Name": "a.png", "label": 3}, {"File_Name": "b.png", "label": "007"}]'
    assert rows(read_metadata(written(tmp_path, text, "t.json"))) == [("a.png", "3"), ("b.png", "007")]


@pytest.mark.parametrize("text", ['{"file_name": "a.png", "label": "cat"}', '["a.png"]', "[{"])
def test_json_that_is_no_list_of_objects_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"t\.json: cannot be read as json: "):
        read_metadata(written(tmp_path, text, "t.json"))


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\nfile_name;label\r\na/ü.png;cat\r\nb,c.png;dog\r\n",
        '\ufeff"sep=;"\r\nfile_name;label\r\na/ü.png;cat\r\nb,c.png;dog\r\n',
        TABLE.encode("utf-16-le"),
        TABLE.encode("utf-32"),
        TABLE.replace("\n", "\r"),
        f"{TABLE}\n,\n ,\n",
    ],
)
def test_what_spreadsheets_add_around_a_table_is_no_row_of_it(tmp_path: Path, text: str | bytes) -> None:
    assert rows(read_metadata(written(tmp_path, text))) == [("a/ü.png", "cat"), ("b,c.png", "dog")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.png,cat\nb.png,dog\n", "the first line has to name the columns, and holds 'a.png'"),
        ("Dateiname;Klasse\na.png;cat\n", "options: dateiname, klasse"),
        ("id_code,diagnosis\na,1\n", "rename id_code to file_name, and write names of files into it"),
        ("image,level\na.png,1\n", "rename image to file_name"),
        ("file_name,diagnosis\na.png,1\n", "rename diagnosis to label"),
        ("# made today\nfile_name,label\na.png,1\n", "'# made today': is it the header"),
        ('file_name,label\na.png,cat\nb.png,"dog\n', "the row that begins on line 3: unexpected end"),
        ("", "nothing is in it"),
        (b"PK\x03\x04\x14\x00", "a workbook or an archive"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "git lfs pull"),
    ],
)
def test_tables_that_are_none_are_told_what_they_are(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(DataError) as refused:
        read_metadata(written(tmp_path, text))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.json", "[" * 100_000, "lie too deep"),
        ("t.jsonl", "[" * 100_000, "lie too deep"),
        ("t.json", '{"file_name": "a"}\n{"file_name": "b"}', "call one object per line .jsonl"),
        ("t.jsonl", '[{"file_name": "a"}]', "call a list of them .json"),
        ("t.xlsx", "PK", "save the sheet as CSV UTF-8"),
    ],
)
def test_other_files_are_told_what_they_are(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(DataError) as refused:
        read_metadata(written(tmp_path, text, name))
    assert said in str(refused.value)


def test_pictures_inside_of_a_table_are_named(tmp_path: Path) -> None:
    pictures = [{"bytes": b"x", "path": "a.png"}]
    pd.DataFrame({"image": pictures, "label": [0]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match="the column image holds the pictures themselves"):
        read_metadata(tmp_path / "t.parquet")


@pytest.mark.parametrize("wanted", [True, False])
def test_numbers_of_a_class_label_are_the_names_that_they_stand_for(tmp_path: Path, wanted: bool) -> None:
    """As `datasets` (4.4) writes it: Dataset.from_dict({...}, features=Features({"label": ClassLabel(...)}))."""
    features = {
        "file_name": {"dtype": "string", "_type": "Value"},
        "label": {"names": ["jade", "1"], "_type": "ClassLabel"} if wanted else {"dtype": "int64", "_type": "Value"},
    }
    table = pa.table({"file_name": ["a.png", "b.png", "c.png", "d.png"], "label": [0, 1, -1, 7]})
    kept = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(kept, tmp_path / "t.parquet")
    labels = ["jade", "1", "", "7"] if wanted else ["0", "1", "-1", "7"]
    assert rows(read_metadata(tmp_path / "t.parquet")) == list(
        zip(["a.png", "b.png", "c.png", "d.png"], labels, strict=True)
    )
