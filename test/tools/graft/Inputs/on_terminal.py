"""on_terminal.py COLUMNS PROGRAM...: what a terminal of that width shows at the end.

A program that a signal ends is an error.
"""

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios

columns, command = int(sys.argv[1]), sys.argv[2:]
# The program's side stays open here: its end then takes nothing away that was not read yet.
terminal, side = os.openpty()
fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
program = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, start_new_session=True)
text = b""
while True:
    ended = program.poll() is not None
    if select.select([terminal], [], [], 0 if ended else 0.01)[0]:
        text += os.read(terminal, 4096)
    elif ended:
        break
assert program.returncode >= 0, f"{command} was ended by signal {-program.returncode} after {text!r}"

rows, at, steps = [""], 0, 0
for part in text.decode().replace("\033[K", "\0").replace("\r\n", "\n"):
    if part == "\n":
        rows.append("")
        at = 0
    elif part == "\r":
        at = 0
    elif part == "\0":
        rows[-1] = rows[-1][:at]
        steps += 1
    else:
        if at == columns:  # goes on in the next row
            rows.append("")
            at = 0
        rows[-1] = rows[-1][:at] + part + rows[-1][at + 1 :]
        at += 1
assert steps > 2, "no progress was shown"
print("\n".join(rows))
