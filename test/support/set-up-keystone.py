"""Sets a Keystone up with the steps of keystone-manage: CONFIG DATABASE OWNER PASSWORD URL REGION.

Each step is a process of its own that ends when its work is done. Now and then the library below
falls over its own lock while Python tidies up, and a step that was done would count as failed;
what a step raises itself counts. The modules, which take seconds to load, are loaded once.
"""

import os
import sqlite3
import sys
import traceback

from keystone.cmd import manage


def step(config, *args):
    child = os.fork()
    if child == 0:
        os._exit(work(['--config-file', config, *args]))
    _, status = os.waitpid(child, 0)
    if status != 0:
        print(f'keystone-manage {args[0]} failed', file=sys.stderr)
        end(1)


def work(args):
    sys.argv = ['keystone-manage', *args]
    try:
        manage.main()
    except SystemExit as ended:
        return 0 if ended.code in (None, 0) else 1
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def end(code):
    sys.stderr.flush()
    os._exit(code)


config, database, owner, password, url, region = sys.argv[1:]
keys = ['--keystone-user', owner, '--keystone-group', owner]
step(config, 'db_sync')
# Readers must not block writers.
sqlite3.connect(database).execute('PRAGMA journal_mode=WAL')
step(config, 'fernet_setup', *keys)
step(config, 'receipt_setup', *keys)
admin = ['--bootstrap-password', password, '--bootstrap-public-url', url]
step(config, 'bootstrap', *admin, '--bootstrap-region-id', region)
end(0)
