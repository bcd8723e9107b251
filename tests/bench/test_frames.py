"""A bench that counts frames must notice each one that is missing."""

from bench.frames import Group, compare, sent_groups

SIZES = (100, 200, 300)


def sent(ticks: int, first_group: int = 0) -> list[Group]:
    return sent_groups(SIZES, first_group=first_group, ticks=ticks, group_frames=50)


def test_what_was_sent_goes_round_the_clip_and_ends_in_the_middle_of_a_group() -> None:
    assert sent(220, first_group=2) == [
        Group(300, 50),
        Group(100, 50),
        Group(200, 50),
        Group(300, 50),
        Group(100, 20),
    ]


def test_a_whole_recording_lacks_nothing() -> None:
    found = compare(sent(420), sent(420))
    assert (found.missing_frames, found.missing_groups, found.strange_groups) == (0, 0, 0)
    assert found.recorded == found.sent == 420


def test_frames_before_the_recorder_came_are_told_apart_from_missing_ones() -> None:
    found = compare(sent(420), sent(420)[2:])
    assert (found.before_first, found.missing_frames) == (100, 0)


def test_a_group_left_out_in_the_middle_is_missing() -> None:
    whole = sent(420)
    found = compare(whole, whole[:3] + whole[4:])
    assert (found.missing_frames, found.missing_groups) == (50, 1)


def test_frames_cut_off_at_the_end_are_missing() -> None:
    whole = sent(420)
    found = compare(whole, [*whole[:-1], Group(whole[-1].key_bytes, 15)])
    assert (found.missing_frames, found.missing_groups) == (5, 0)


def test_a_group_nobody_sent_is_noticed() -> None:
    whole = sent(200)
    found = compare(whole, [whole[0], Group(999, 50), *whole[1:]])
    assert (found.strange_groups, found.missing_frames) == (1, 0)


def test_without_a_recording_everything_came_before_it() -> None:
    assert compare(sent(100), []).before_first == 100
