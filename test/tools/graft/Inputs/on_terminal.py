"""on_terminal.py COLUMNS PROGRAM...: what a terminal of that width shows at the end."""

import fcntl
import os
import pty
import struct
import sys
import termios

columns, command = int(sys.argv[1]), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(command[0], command)
text = b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:  # the program's end has closed it
        break
    if not piece:
        break
    text += piece
os.waitpid(child, 0)

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
