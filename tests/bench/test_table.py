from .table import Check, Table, checks_table


def test_a_table_is_markdown_whose_columns_stand_below_one_another() -> None:
    table = Table("Title", ("kind", "n"), [("a", "1"), ("longer", "1,000")], ["A note."])
    assert str(table).splitlines() == [
        "**Title**",
        "",
        "| kind   |     n |",
        "| ------ | ----: |",
        "| a      |     1 |",
        "| longer | 1,000 |",
        "",
        "A note.",
    ]


def test_targets_say_whether_they_were_met() -> None:
    table = checks_table([Check("fast", "1 s", True), Check("small", "9 MB", False)])
    assert table.rows == [("fast", "1 s", "yes"), ("small", "9 MB", "NO")]
