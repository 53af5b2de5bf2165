#!/bin/sh
# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Brings the credentials of a new environment to their state, from nothing but Ansible and a list. See --help.
set -eu

me=${0##*/}
collection=${VERSORI_COLLECTION-}
check='' diff='' detailed=''

usage() {
    cat <<END
usage: $me [OPTIONS] FILE… [-- ARGUMENTS OF ansible-playbook]

Brings the credentials of a Versori organisation to the state that the files describe. Each FILE holds variables:
versori_credentials, a list, in one of them; an encrypted one may hold the secrets (see docs/bootstrap.md).

options:
  --check              say what would change, and send nothing
  --diff               show what changes; no secret is shown
  --detailed-exitcode  end with 10 where something was changed, or would be
  --organisation ID    the organisation            (else VERSORI_ORGANISATION_ID)
  --api-url URL        the base URL of the API     (else VERSORI_API_URL)
  --collection SOURCE  where to install versori.platform from if it is missing: an artifact or its URL
                                                   (else VERSORI_COLLECTION)
  --help               this text

environment, for what must not stand on a command line:
  VERSORI_API_KEY, VERSORI_JWT, VERSORI_SESSION_COOKIE or VERSORI_CONTEXT   how to authenticate
  ANSIBLE_VAULT_PASSWORD_FILE   a file with the password of the vault, or a program that prints it

exit codes:
  0   all credentials are as described
  1   Ansible failed in a way that is not listed here; its own message is above
  2   a wrong option, or a file that is not there
  3   something is missing: Ansible, a new enough one, the library requests, the collection
  4   the platform refuses the authentication or the permission (401, 403)
  5   some credentials failed; the others are done
  6   a setting or the list is wrong: nothing was sent
  10  with --detailed-exitcode: all are as described now, and something was changed
  130, 143  interrupted; what is not finished is finished by the next run
END
}

fail() { # CODE SENTENCE
    printf '%s: %s\n' "$me" "$2" >&2
    exit "$1"
}

wrong() { # SENTENCE
    fail 2 "$1; $me --help says more"
}

check_ansible() { # sets python: the one that runs Ansible
    command -v ansible-playbook >/dev/null || fail 3 'ansible-playbook is not on PATH: python3 -m pip install ansible-core requests'
    python=$(ansible-playbook --version | sed -n 's|^ *python version = .*(\(/.*\))$|\1|p')
    [ -x "$python" ] || fail 3 'ansible-playbook --version does not name its Python: ansible-core 2.16 or newer is needed'
    "$python" - <<'END' || exit 3
import sys
from ansible.release import __version__

if tuple(map(int, __version__.split(".")[:2])) < (2, 16):
    sys.exit(f"ansible-core {__version__} is too old: 2.16 or newer is needed")
try:
    import requests
except ImportError:
    sys.exit(f"the library requests is missing: {sys.executable} -m pip install requests")
END
}

check_collection() {
    ansible-galaxy collection list versori.platform 2>/dev/null | grep -q '^versori\.platform ' && return
    [ "$collection" ] || fail 3 'the collection versori.platform is not installed: say with --collection where it is'
    # All that it prints is no result of this script. It depends on no other collection, so no server is asked.
    ansible-galaxy collection install --no-deps "$collection" >&2 || fail 3 "versori.platform was not installed from $collection"
}

judge() { # RESULTS: says what happened in one line, and returns the exit code
    "$python" - "$1" <<'END'
import json, sys

with open(sys.argv[1], encoding="utf-8") as file:
    told = json.load(file)
if "results" not in told:
    sys.exit(6)
failed = [one for one in told["results"] + told.get("pruned", []) if one["failed"]]
counts = {**told["decisions"], **({"failed": len(failed)} if failed else {})}
total = len(told["results"])
print(f"{total} credential{'' if total == 1 else 's'}:", ", ".join(f"{count} {word}" for word, count in sorted(counts.items())))
if told["failed"]:
    sys.exit(4 if failed and all(one.get("status") in (401, 403) for one in failed) else 5)
sys.exit(10 if told["changed"] else 0)
END
}

# The options come first, then the files, then what ansible-playbook is to get as it is.
while [ $# -gt 0 ]; do
    case $1 in
    --check) check=--check ;;
    --diff) diff=--diff ;;
    --detailed-exitcode) detailed=yes ;;
    --organisation | --api-url | --collection)
        [ $# -gt 1 ] || wrong "$1 needs a value"
        case $1 in
        --organisation) export VERSORI_ORGANISATION_ID="$2" ;;
        --api-url) export VERSORI_API_URL="$2" ;;
        --collection) collection=$2 ;;
        esac
        shift
        ;;
    --organisation=*) export VERSORI_ORGANISATION_ID="${1#*=}" ;;
    --api-url=*) export VERSORI_API_URL="${1#*=}" ;;
    --collection=*) collection=${1#*=} ;;
    -h | --help) usage && exit ;;
    --) break ;;
    -*key* | -*jwt* | -*cookie* | -*password* | -*secret* | -*token*)
        wrong "${1%%=*} would show a secret to all users of this machine: set it in the environment"
        ;;
    -*) wrong "there is no option ${1%%=*}" ;;
    *) break ;;
    esac
    shift
done
files='' rest=''
for argument in "$@"; do # turns each FILE into -e @FILE, in place
    shift
    if [ "$rest" ]; then
        set -- "$@" "$argument"
    elif [ "$argument" = -- ]; then
        rest=yes
    else
        case $argument in -*) wrong "${argument%%=*} comes too late: options stand before the files" ;; esac
        if [ ! -r "$argument" ] || [ -d "$argument" ]; then wrong "the file $argument is not there or cannot be read"; fi
        set -- "$@" -e "@$argument"
        files=yes
    fi
done
[ "$files" ] || wrong 'no file with a list of credentials was named'

check_ansible
check_collection

scratch=$(mktemp -d) # for what became of each credential; there is no secret in it
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
export ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false
code=0
ansible-playbook versori.platform.apply ${check:+"$check"} ${diff:+"$diff"} "$@" \
    -e "{\"versori_results_file\": \"$scratch/results.json\"}" || code=$?
[ -f "$scratch/results.json" ] || exit "$((code ? 1 : 0))"

code=0
judge "$scratch/results.json" || code=$?
case $code in
4) fail 4 'the platform refuses the authentication, or the permission: see the messages above' ;;
5) fail 5 'some credentials failed, and the others are done: see the table above' ;;
6) fail 6 'a setting or the list is wrong, and nothing was sent: see the message above' ;;
10) [ "$detailed" ] || code=0 ;;
esac
exit "$code"
