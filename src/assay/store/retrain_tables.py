"""The tables of retraining: jobs with how far their schedule was followed, their runs, and a ledger of steps."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from assay.store.tables import ID, METADATA, TIME

RETRAIN_JOBS = Table(
    "retrain_jobs",
    METADATA,
    Column("job", String(120), primary_key=True),
    Column("since", TIME, nullable=False),
    Column("reached", TIME, nullable=False),  # slots of the schedule up to here have their row
)

RETRAIN_RUNS = Table(
    "retrain_runs",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("job", String(120), ForeignKey("retrain_jobs.job"), nullable=False),
    Column("slot", TIME, nullable=False),
    Column("trigger", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("verdict", String(40), nullable=False),
    Column("step", String(40), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease", TIME, nullable=False),  # until when; "" where nobody is at it
    Column("renewed", TIME, nullable=False),
    Column("resumes", TIME, nullable=False),
    Column("created", TIME, nullable=False),
    Column("started", TIME, nullable=False),
    Column("ended", TIME, nullable=False),
    Column("cost", Text, nullable=False),  # JSON
    Column("facts", Text, nullable=False),  # JSON
    Index("ix_retrain_runs_job_slot", "job", "slot", unique=True),
    Index(None, "state"),
)
"""One row for each slot, also for one that was skipped, with the reason."""

RETRAIN_STEPS = Table(
    "retrain_steps",
    METADATA,
    Column("run", ID, ForeignKey("retrain_runs.id"), primary_key=True),
    Column("step", String(40), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("state", String(20), nullable=False),  # running, done, waiting, failed
    Column("started", TIME, nullable=False),
    Column("ended", TIME, nullable=False),  # "" where it was not ended: killed, or at work
    Column("result", Text, nullable=False),  # JSON
    Column("error", Text, nullable=False),
)
"""Each attempt of each step. What is done is never run again: its result is read from here."""
