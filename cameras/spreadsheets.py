"""Lists of cameras as spreadsheets write and read them: CSV (RFC 4180), with commas, semicolons or tabs."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

COLUMNS = ("serial_number", "name", "site", "group", "place", "vendor", "model")
REQUIRED = frozenset({"serial_number", "name", "site"})
_DELIMITERS = ",;\t"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class BadSpreadsheet(Exception):
    """The text is not a list of cameras; the words say what is wrong with it as a whole."""


def read_cameras(data: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file, by column. Columns that are not there are left out. Raises BadSpreadsheet."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSpreadsheet("The file is not UTF-8. Save it as “CSV UTF-8”.") from error
    first, _, _ = text.partition("\n")
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadSpreadsheet(f"The file cannot be read: {error}.") from error
    header = [name.strip().lower() for name in lines[0]] if lines else []
    _check_header(header)
    return [_row(number, header, cells) for number, cells in enumerate(lines[1:], start=1) if any(cells)]


def write_rows(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """CSV text. A cell that a spreadsheet would take for a formula is marked as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def template() -> str:
    """An empty list with one example, to be filled in."""
    example = {"serial_number": "SN-0001", "name": "Gate", "site": "North gate", "group": "Perimeter / Fence"}
    return write_rows(COLUMNS, [{**example, "place": "Above the gate", "vendor": "Acme", "model": "X1"}])


def _check_header(header: Sequence[str]) -> None:
    if unknown := [name for name in header if name not in COLUMNS]:
        raise BadSpreadsheet(f"There is no column {unknown[0]!r}. The columns are {', '.join(COLUMNS)}.")
    if missing := sorted(REQUIRED - set(header)):
        raise BadSpreadsheet(f"The column {missing[0]!r} is missing. The first line names the columns.")
    if len(set(header)) < len(header):
        raise BadSpreadsheet("A column is there twice.")


def _row(number: int, header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) > len(header):
        raise BadSpreadsheet(f"Row {number} has {len(cells)} cells, but there are {len(header)} columns.")
    return dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=True))


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
