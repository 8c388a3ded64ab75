//! `sanjin` as a process of its own, for what only a process can show: SIGKILL, SIGTERM, refusal to
//! start.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::services::{binary, free_port};

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

/// The command line with nothing of this environment but what is given.
fn command(arguments: &[&str], settings: &[(&str, String)], folder: &Path) -> Command {
    let mut command = Command::new(binary("sanjin"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    command.envs(settings.iter().map(|(key, value)| (*key, value.as_str())));
    command
}

impl Process {
    /// `sanjin serve …` on a free port; waits until it is ready.
    pub async fn serve(arguments: &[&str], settings: &[(&str, String)], folder: &Path) -> Self {
        let address: SocketAddr = ([127, 0, 0, 1], free_port()).into();
        let mut all = vec![("SANJIN__HTTP__LISTEN", address.to_string())];
        all.extend(settings.iter().cloned());
        let arguments: Vec<&str> = ["serve"].iter().chain(arguments).copied().collect();
        let log = std::fs::File::create(folder.join(format!("{}.log", address.port()))).unwrap();
        let child = command(&arguments, &all, folder)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut process = Self { child, address };
        let begun = Instant::now();
        while !process.is_ready().await {
            assert!(process.child.try_wait().unwrap().is_none(), "sanjin ended at start");
            assert!(begun.elapsed() < PATIENCE, "sanjin is not ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process
    }

    /// Any other long-running command.
    pub fn spawn(arguments: &[&str], settings: &[(&str, String)], folder: &Path) -> Self {
        let child = command(arguments, settings, folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, address: ([127, 0, 0, 1], 0).into() }
    }

    /// Runs a command to its end.
    pub fn output(arguments: &[&str], settings: &[(&str, String)], folder: &Path) -> Output {
        command(arguments, settings, folder).output().unwrap()
    }

    pub async fn is_ready(&self) -> bool {
        let url = format!("http://{}/readyz", self.address);
        reqwest::Client::builder()
            .build()
            .unwrap()
            .get(url)
            .send()
            .await
            .is_ok_and(|reply| reply.status().is_success())
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// SIGKILL: no chance to tidy up.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and whether it ended well within the patience.
    pub fn terminate(&mut self) -> bool {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            assert!(begun.elapsed() < PATIENCE, "sanjin does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}
