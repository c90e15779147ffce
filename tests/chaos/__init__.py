"""Real processes that are killed, stopped and cut off in random order, and what has to stay true.

    camera 1 ──link──┐
    camera 2 (exec:) ┼── camserve ──link── viewers of all kinds
    camera 3 (old) ──┘

Camera 1 is camclient, camera 2 is camclient with a program, camera 3 speaks the protocol as the
oldest cameras do, on the HTTP port. The viewers and camera 3 live in the process of the test.
"""
