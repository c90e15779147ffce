from camserve.wire.states import TRANSITIONS, State, Step


def reachable(start: State) -> set[State]:
    seen: set[State] = set()
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting += TRANSITIONS[state].values()
    return seen


def test_every_state_has_a_row_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(State)
    assert reachable(State.CAMERA_ID) == set(State)


def test_there_is_no_way_out_of_the_error_state() -> None:
    assert reachable(State.ERROR) == {State.ERROR}


def test_every_step_is_used() -> None:
    assert {step for row in TRANSITIONS.values() for step in row} == set(Step)


def test_frames_are_reached_only_by_accepting_the_token() -> None:
    frames = {State.FRAME_LENGTH, State.FRAME_PAYLOAD}
    ways_in = {
        (state, step)
        for state, row in TRANSITIONS.items()
        for step, target in row.items()
        if state not in frames and target in frames
    }
    assert ways_in == {(State.UNVERIFIED, Step.TOKEN_ACCEPTED)}
