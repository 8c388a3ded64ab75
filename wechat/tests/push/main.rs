//! Receiving and answering pushes.

mod answers;
mod contents;
mod crypto;
mod modes;

use std::error::Error;
use std::sync::Arc;

use wechat::ManualClock;
use wechat::push::{
    EncodingAesKey, Incoming, PushConfig, PushQuery, Receiver, sign, sign_encrypted,
};

type Failure = Box<dyn Error + Send + Sync>;
type TestResult = Result<(), Failure>;

const APP: &str = "wx0123456789abcdef";
const TOKEN: &str = "simToken2026";
const KEY: &str = "Zx8Qm3Lr7Tn2Vb6Yc1Wd5Ke9Ha4Jf0Gs8Pu3Ri7Ot2N";
const OLD_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const NOW: i64 = 1_790_000_000;
const TEXT: &str = "<xml><ToUserName><![CDATA[gh_sim]]></ToUserName>\
    <FromUserName><![CDATA[oSim]]></FromUserName><CreateTime>1790000000</CreateTime>\
    <MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello]]></Content>\
    <MsgId>7234567890123456789</MsgId></xml>";

fn receiver(config: PushConfig) -> Result<Receiver, Failure> {
    Ok(Receiver::new(config, Arc::new(ManualClock::new(NOW)))?)
}

fn plain() -> Result<Receiver, Failure> {
    receiver(PushConfig::plain(APP, TOKEN))
}

fn secure() -> Result<Receiver, Failure> {
    receiver(PushConfig::secure(APP, TOKEN, key()?))
}

fn key() -> Result<EncodingAesKey, Failure> {
    Ok(EncodingAesKey::parse(KEY)?)
}

/// The query of a plain push made at `timestamp`.
fn plain_query(timestamp: i64) -> PushQuery {
    let timestamp = timestamp.to_string();
    let signature = sign(&TOKEN.into(), &timestamp, "n0nce");
    PushQuery { signature, timestamp, nonce: "n0nce".to_owned(), ..PushQuery::default() }
}

/// The query of an encrypted push made now.
fn sealed_query(encrypt: &str) -> PushQuery {
    let query = plain_query(NOW);
    let signature = sign_encrypted(&TOKEN.into(), &query.timestamp, &query.nonce, encrypt);
    PushQuery { encrypt_type: Some("aes".to_owned()), msg_signature: Some(signature), ..query }
}

fn envelope(encrypt: &str) -> String {
    format!("<xml><ToUserName>gh_sim</ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>")
}

/// Reads a plain push.
fn read(body: &str) -> Result<Incoming, Failure> {
    Ok(plain()?.open(&plain_query(NOW), body.as_bytes())?.incoming)
}
