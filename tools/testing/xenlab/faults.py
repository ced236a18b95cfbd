# SPDX-License-Identifier: GPL-2.0
"""The lab against itself: machines that fail on purpose must be reported as what they are."""

import ktap
import roles
from common import Step
from machine import Job
from selftests import summary

# label, job, more kernel command line, limit in seconds, verdict
FAULTS = (("panic", "guest/verify-bare", "rdinit=/none root=/dev/none", 90, "panic"),
          ("hang", "guest/fault-hang", "", 45, "hang"),
          ("power-off", "guest/idle", "acpi=off", 45, "hang"),
          ("cut", "guest/fault-cut", "", 90, "cut"),
          ("no-job", "guest/no-such-job", "", 90, "failed"))


def run(cfg):
    slow = roles.slowness(cfg)
    jobs = [Job("bare", script, words=words, limit=int(limit * slow), label=f"fault-{label}")
            for label, script, words, limit, _ in FAULTS]
    with Step("machines that fail on purpose") as step:
        found = []
        for (label, _, _, _, want), result in zip(FAULTS, roles.run_jobs(cfg, jobs, quiet=True)):
            got = result.verdict
            status = "passed" if got.status == want else "failed"
            found.append(ktap.Case(label, status, "" if got.status == want else f"reported as {got.status}: {got.reason}"))
        step.note = summary(found)
    return {"bare": found}
