//! What processes use, by the system's own book-keeping. Only Linux keeps it where it is read here; on
//! other systems there are no such figures.

use std::fs;

/// Microseconds of a tick in `/proc`: user programs are always told hundredths of a second.
const TICK_MICROS: u64 = 10_000;

/// The processor time that a process has used, in microseconds.
pub(super) fn processor_time(process: u32) -> Option<u64> {
    of_stat(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

fn of_stat(stat: &str) -> Option<u64> {
    // The name in brackets may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) * TICK_MICROS)
}

/// The memory of a process in KiB: now, and at its most.
pub(super) fn memory(process: u32) -> Option<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_ascii_whitespace().next()?.parse().ok()
    };
    Some((field("VmRSS:")?, field("VmHWM:")?))
}

/// The processor time of all processes of PostgreSQL on this machine, in microseconds.
pub(super) fn postgres_time() -> Option<u64> {
    let mut total = 0;
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        if stat.contains("(postgres)") {
            total += of_stat(&stat).unwrap_or(0);
        }
    }
    (total > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::of_stat;

    #[test]
    fn user_and_system_time_are_added() {
        let stat = "12 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0";
        assert_eq!(of_stat(stat), Some(2_000_000));
    }
}
