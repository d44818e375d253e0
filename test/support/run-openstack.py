"""Runs commands of openstackclient, and calls of openstacksdk.

Standard input is a list of commands in JSON, each a list of words; standard output is a list of what
they printed. `pages N` lists all images in pages of N with the SDK. The modules, which take seconds to
load, are loaded once; each command is a process of its own, since the client keeps its login in the
module.
"""

import json
import os
import sys
import tempfile

import openstack
from openstackclient.shell import OpenStackShell


def pages(size):
    images = openstack.connect().image.images(limit=int(size))
    print(json.dumps([image.name for image in images]))
    return 0


def work(words, out, err):
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    try:
        code = pages(words[1]) if words[0] == 'pages' else OpenStackShell().run(words)
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0 if code in (None, 0) else 1)


def run(words):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            work(words, out, err)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        texts = {'out': out.read().decode(), 'err': err.read().decode()}
        return {'code': os.waitstatus_to_exitcode(status), **texts}


json.dump([run(words) for words in json.load(sys.stdin)], sys.stdout)
