#!/usr/bin/env bash
# A Slurm of one node for tests: slurm.sh start FOLDER | stop FOLDER
#
# It runs as whoever calls it, with its own keys, ports and state below FOLDER (a short
# path: munge's socket lies there), and touches no Slurm that is already set up. After
# `start`, submit to it with SLURM_CONF=FOLDER/slurm.conf and FOLDER/bin first in PATH.
set -euo pipefail
action=$1
folder=$2
PATH=$PATH:/usr/sbin

need() {
    for program in munged slurmctld slurmd sbatch squeue scontrol; do
        command -v "$program" >/dev/null && continue
        echo "no $program (Debian: apt-get install slurm-wlm munge)" >&2
        exit 3
    done
}

free_port() {
    python3 "$(dirname "$0")/../ports.py"
}

configure() {
    mkdir -p "$folder"/{state,spool,run}
    chmod 700 "$folder" "$folder"/*/
    head -c 1024 /dev/urandom >"$folder/munge.key"
    chmod 400 "$folder/munge.key"
    memory=$(awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
    cat >"$folder/slurm.conf" <<CONF
ClusterName=tests
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
# no control groups: they take root
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
# two cores whatever the machine has: some jobs of a test wait for others
SlurmdParameters=config_overrides
# ended jobs stay to be asked for: there is no accounting database
MinJobAge=3600
KillWait=5
SchedulerParameters=sched_min_interval=100000,sched_interval=2
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 RealMemory=$memory State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

# Snakemake's plugin takes SLURM_CONF out of the environment of its job steps: it
# expects the configuration where the system has it.
wrap_srun() {
    mkdir "$folder/bin"
    cat >"$folder/bin/srun" <<WRAP
#!/bin/sh
SLURM_CONF=$folder/slurm.conf exec $(command -v srun) "\$@"
WRAP
    chmod +x "$folder/bin/srun"
}

start() {
    need
    configure
    wrap_srun
    export SLURM_CONF=$folder/slurm.conf
    munged --force --key-file="$folder/munge.key" --socket="$folder/run/munge" \
        --pid-file="$folder/run/munged.pid" --log-file="$folder/munged.log" \
        --seed-file="$folder/run/munge.seed" 2>>"$folder/munged.log"
    slurmctld -c
    slurmd
    for _ in $(seq 600); do
        sinfo --noheader --format=%T 2>/dev/null | grep -q idle && return
        sleep 0.2
    done
    tail "$folder"/*.log >&2
    exit 1
}

stop() {
    for name in slurmd slurmctld munged; do
        [ -f "$folder/run/$name.pid" ] || continue
        pid=$(cat "$folder/run/$name.pid")
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 50); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.2
        done
        kill -KILL "$pid" 2>/dev/null || true
    done
}

"$action"
