"""Sets a Glance up as glance-manage does, and puts images into it: CONFIG DATABASE OWNER COUNT.

The images go straight into the database: through the API a thousand of them take minutes.
"""

import contextlib
import os
import sqlite3
import sys
import uuid

from glance.cmd import manage

config, database, owner, count = sys.argv[1:]
sys.argv = ['glance-manage', f'--config-file={config}', 'db_sync']
try:
    # Standard output is for the ids.
    with contextlib.redirect_stdout(sys.stderr):
        code = manage.main()
except SystemExit as ended:
    code = ended.code
if code not in (None, 0):
    sys.exit(code)

connection = sqlite3.connect(database)
# Readers must not block writers.
connection.execute('PRAGMA journal_mode=WAL')
ids = [str(uuid.uuid4()) for _ in range(int(count))]
# Many of the same second: pages must not depend on the time alone.
connection.executemany(
    """INSERT INTO images (id, name, size, status, created_at, updated_at, deleted, disk_format,
           container_format, owner, min_disk, min_ram, protected, visibility, os_hidden)
       VALUES (?, ?, 3, 'active', ?, ?, 0, 'raw', 'bare', ?, 40, 0, 0, 'shared', 0)""",
    [
        (one, f'old-{at}', *[f'2001-01-01 00:{at // 300:02}:00.000000'] * 2, owner)
        for at, one in enumerate(ids)
    ],
)
connection.commit()
connection.close()
sys.stdout.write('\n'.join(ids))
sys.stdout.flush()
# Python's own end may fall over a lock of the library below.
os._exit(0)
