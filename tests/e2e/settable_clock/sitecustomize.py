"""Python runs this first when the folder is on PYTHONPATH: the wall clock of the process can be set from outside.

The file that VMS_TEST_CLOCK_SHIFT names holds by how many seconds. Monotonic clocks are left alone, as by settimeofday(2).
"""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import time_machine


def _follow(path: Path) -> None:
    shift = path.read_text()
    traveller = time_machine.travel(time.time() + float(shift), tick=True).start()
    while True:
        time.sleep(0.1)
        with suppress(ValueError):
            wanted = path.read_text()
            if wanted != shift:
                traveller.move_to(time_machine.escape_hatch.time.time() + float(wanted))
                shift = wanted


if "VMS_TEST_CLOCK_SHIFT" in os.environ:
    threading.Thread(target=_follow, args=(Path(os.environ["VMS_TEST_CLOCK_SHIFT"]),), daemon=True).start()
