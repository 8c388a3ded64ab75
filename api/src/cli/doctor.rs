//! `sanjin doctor`: what is reachable, one line each.

use super::CliResult;
use crate::app::{App, Environment};
use crate::platform::config::Config;
use crate::platform::db::is_migrated;

pub(super) async fn examine(config: Config) -> CliResult {
    let app = App::build(config, Environment::system()).await.map_err(|error| {
        println!("database   cannot be reached");
        format!("{error:?}")
    })?;
    let migrated = is_migrated(&app.db).await?;
    let kv = app.kv.is_reachable().await;
    let storage = app.storage.is_reachable().await;
    let wechat = app.wechat.access_token().await;
    println!("database   answers, {:?}", app.db.backend());
    println!("schema     {}", if migrated { "up to date" } else { "behind: run `sanjin migrate`" });
    println!("kv         {}", if kv { "answers" } else { "cannot be reached" });
    println!("storage    {}", if storage { "answers" } else { "cannot be reached" });
    match &wechat {
        Ok(_) => println!("wechat     gives an access token"),
        Err(error) => println!("wechat     {error}"),
    }
    if migrated && kv && storage && wechat.is_ok() {
        Ok(())
    } else {
        Err("something is not as it should be".into())
    }
}
