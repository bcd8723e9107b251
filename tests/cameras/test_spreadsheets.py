"""Lists of cameras as CSV."""

import pytest

from cameras.spreadsheets import BadSpreadsheet, read_cameras, template, write_rows

HEADER = "serial_number,name,site\n"


@pytest.mark.parametrize(
    "text",
    [
        "serial_number,name,site\nSN-1,Gate,North\n",
        "serial_number;name;site\r\nSN-1;Gate;North\r\n",
        "serial_number\tname\tsite\nSN-1\tGate\tNorth",
        '\ufeff"Serial_Number", Name ,"site"\n"SN-1",Gate,North\n\n,,\n',
        "name,site,serial_number\nGate,North,SN-1\n",
    ],
)
def test_what_spreadsheets_save_is_read(text: str) -> None:
    assert read_cameras(text.encode()) == [{"serial_number": "SN-1", "name": "Gate", "site": "North"}]


def test_cells_may_hold_commas_lines_and_quotes() -> None:
    [row] = read_cameras((HEADER + 'SN-1,"Gate, the ""big"" one\nby the road",North\n').encode())
    assert row["name"] == 'Gate, the "big" one\nby the road'


def test_a_short_row_has_empty_cells_at_its_end() -> None:
    assert read_cameras(b"serial_number,name,site,vendor\nSN-1,Gate,North\n")[0]["vendor"] == ""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "'name' is missing"),
        (b"serial_number,name\nSN-1,Gate\n", "'site' is missing"),
        (b"serial_number,name,site,colour\n", "no column 'colour'"),
        (b"serial_number,name,site,site\n", "there twice"),
        (b"serial_number,name,site\nSN-1,Gate,North,more\n", "Row 1 has 4 cells"),
        (b'serial_number,name,site\n"SN-1,Gate\n', "cannot be read"),
        (b"serial_number,name,site\nSN-1,\xff,North\n", "not UTF-8"),
    ],
)
def test_what_is_no_list_of_cameras_is_told(data: bytes, words: str) -> None:
    with pytest.raises(BadSpreadsheet, match=words):
        read_cameras(data)


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_that_is_written_is_a_formula(cell: str) -> None:
    assert write_rows(["name"], [{"name": cell}]).split("\r\n", 1)[1].lstrip('"').startswith("'")


def test_the_template_can_be_read() -> None:
    assert read_cameras(template().encode())[0]["group"] == "Perimeter / Fence"
