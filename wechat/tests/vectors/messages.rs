//! Push signatures and encryption: V1–V7, V9, V17, G1–G7, G11, and the JS-SDK: V12.

use std::sync::Arc;

use wechat::push::{
    Content, CryptoError, Event, PushConfig, PushError, PushQuery, Receiver, Reply, sign,
    sign_encrypted,
};
use wechat::{ManualClock, js_sdk};

use crate::{Failure, TestResult, Vector};

/// The receiver that a vector's push is for, at the time it was made.
fn receiver(vector: &Vector, config: PushConfig) -> Result<Receiver, Failure> {
    let now = vector.text("timestamp")?.parse()?;
    Ok(Receiver::new(config, Arc::new(ManualClock::new(now)))?)
}

fn secure(vector: &Vector) -> Result<PushConfig, Failure> {
    Ok(PushConfig::secure(vector.receiver()?, vector.text("token")?, vector.key()?))
}

fn query(vector: &Vector) -> Result<PushQuery, Failure> {
    Ok(PushQuery {
        signature: vector.text("signature").unwrap_or_default().to_owned(),
        timestamp: vector.text("timestamp")?.to_owned(),
        nonce: vector.text("nonce")?.to_owned(),
        echostr: vector.text("echostr").ok().map(str::to_owned),
        encrypt_type: vector.text("encrypt").ok().map(|_| "aes".to_owned()),
        msg_signature: vector.text("msg_signature").ok().map(str::to_owned),
    })
}

fn check_url_verification(vector: &Vector) -> TestResult {
    let config = PushConfig::plain("wx0123456789abcdef", vector.text("token")?);
    let echoed = receiver(vector, config)?.verify_url(&query(vector)?)?;
    assert_eq!(echoed, vector.text("echostr")?);
    Ok(())
}

/// The message signature, where there is one, and decryption.
fn check_decryption(vector: &Vector) -> TestResult {
    if let Ok(expected) = vector.text("msg_signature") {
        let (time, nonce) = (vector.text("timestamp")?, vector.text("nonce")?);
        let token = vector.text("token")?.into();
        assert_eq!(sign_encrypted(&token, time, nonce, vector.text("encrypt")?), expected);
    }
    let plain = vector.key()?.decrypt(vector.text("encrypt")?, vector.receiver()?)?;
    match vector.text("plain") {
        Ok(expected) => assert_eq!(plain, expected),
        Err(_) => assert!(plain.contains(vector.text("plain_contains")?)),
    }
    Ok(())
}

/// That our encryption with the same random bytes is the same.
fn check_encryption(vector: &Vector) -> TestResult {
    let (random, plain) = (vector.random()?, vector.text("plain")?);
    let sealed = vector.key()?.encrypt_with(&random, plain, vector.receiver()?)?;
    assert_eq!(sealed, vector.text("encrypt")?);
    Ok(())
}

fn check_generated(name: &str) -> TestResult {
    let vector = Vector::generated(name)?;
    let token = vector.text("token")?.into();
    let (time, nonce) = (vector.text("timestamp")?, vector.text("nonce")?);
    assert_eq!(sign(&token, time, nonce), vector.text("signature")?);
    check_decryption(&vector)?;
    check_encryption(&vector)
}

#[test]
fn v1_url_verification() -> TestResult {
    check_url_verification(&Vector::load("V1_get_verify")?)
}

#[test]
fn v2_plain_push_signature() -> TestResult {
    let vector = Vector::load("V2_plain_push")?;
    let (time, nonce) = (vector.text("timestamp")?, vector.text("nonce")?);
    let signature = sign(&vector.text("token")?.into(), time, nonce);
    assert_eq!(signature, vector.text("signature")?);
    Ok(())
}

#[test]
fn v3_secure_push() -> TestResult {
    let vector = Vector::load("V3_secure_push")?;
    let (time, nonce) = (vector.text("timestamp")?, vector.text("nonce")?);
    assert_eq!(sign(&vector.text("token")?.into(), time, nonce), vector.text("signature")?);
    check_decryption(&vector)?;
    check_encryption(&vector)?;

    let body =
        serde_json::json!({"ToUserName": "gh_97417a04a28d", "Encrypt": vector.text("encrypt")?});
    let receiver = receiver(&vector, secure(&vector)?)?;
    let push = receiver.open(&query(&vector)?, body.to_string().as_bytes())?;
    assert_eq!(push.incoming.from.as_str(), vector.text("openid")?);
    assert_eq!(push.incoming.content, Content::Event(Event::DebugDemo));
    assert_eq!(push.incoming.fields.text("debug_str").as_deref(), Some("hello world"));
    Ok(())
}

#[test]
fn v4_encrypted_answer() -> TestResult {
    let vector = Vector::load("V4_secure_reply")?;
    let time = vector.number("timestamp").map(|n| n.to_string());
    let time = time.or_else(|_| vector.text("timestamp").map(str::to_owned))?;
    let token = vector.text("token")?.into();
    let signature = sign_encrypted(&token, &time, vector.text("nonce")?, vector.text("encrypt")?);
    assert_eq!(signature, vector.text("msg_signature")?);
    check_encryption(&vector)
}

#[test]
fn v5_short_message_under_a_key_with_trailing_bits() -> TestResult {
    let vector = Vector::load("V5_wxjava_short")?;
    check_decryption(&vector)?;
    check_encryption(&vector)
}

#[test]
fn v6_long_message_under_a_key_with_trailing_bits() -> TestResult {
    let vector = Vector::load("V6_wxjava_long")?;
    check_decryption(&vector)?;
    check_encryption(&vector)
}

#[test]
fn v7_wecom_echostr() -> TestResult {
    check_decryption(&Vector::load("V7_wechatpy_echostr")?)
}

#[test]
fn v9_wecom_message_with_pad_1() -> TestResult {
    check_decryption(&Vector::load("V9_wechatpy_message")?)
}

#[test]
fn v12_js_sdk_signatures() -> TestResult {
    for name in ["V12a_jssdk", "V12b_jssdk"] {
        let vector = Vector::load(name)?;
        let signature = js_sdk::sign(
            vector.text("jsapi_ticket")?,
            vector.text("noncestr")?,
            vector.number("timestamp")?,
            vector.text("url")?,
        );
        assert_eq!(signature, vector.text("signature")?, "{name}");
    }
    Ok(())
}

#[test]
fn v17_wecom_sample() -> TestResult {
    check_decryption(&Vector::load("V17_wecom")?)
}

#[test]
fn g1_subscribe_event() -> TestResult {
    check_generated("G1_subscribe_qrscene")?;
    let vector = Vector::generated("G1_subscribe_qrscene")?;
    let body = format!(
        "<xml><ToUserName><![CDATA[gh_sim000000001]]></ToUserName><Encrypt><![CDATA[{}]]></Encrypt></xml>",
        vector.text("encrypt")?
    );
    let receiver = receiver(&vector, secure(&vector)?)?;
    let push = receiver.open(&query(&vector)?, body.as_bytes())?;
    let expected = Event::Subscribe {
        scene: Some("store_17".to_owned()),
        ticket: Some("gQSimTicket".to_owned()),
    };
    assert_eq!(push.incoming.content, Content::Event(expected));
    assert_eq!(push.incoming.created_at, 1_790_000_000);
    Ok(())
}

#[test]
fn g2_passive_answer_with_emoji() -> TestResult {
    check_generated("G2_reply_text_utf8")?;
    // Our own rendering of the same answer, to the user of G1, is that plain text byte for byte.
    let answer = Vector::generated("G2_reply_text_utf8")?;
    let plain = answer.text("plain")?;
    let question = Vector::generated("G1_subscribe_qrscene")?;
    let token = question.text("token")?;
    let config = PushConfig::plain(question.receiver()?, token);
    let now: i64 = answer.text("timestamp")?.parse()?;
    let receiver = Receiver::new(config, Arc::new(ManualClock::new(now)))?;
    let (time, nonce) = (now.to_string(), "1".to_owned());
    let signature = sign(&token.into(), &time, &nonce);
    let query = PushQuery { signature, timestamp: time, nonce, ..PushQuery::default() };
    let push = receiver.open(&query, question.text("plain")?.as_bytes())?;
    let reply = Reply::Text("你好，欢迎关注🎉".to_owned());
    assert_eq!(receiver.answer(&push, &reply)?.body, plain);
    Ok(())
}

#[test]
fn g3_pad_32() -> TestResult {
    check_generated("G3_pad32")
}

#[test]
fn g4_pad_17() -> TestResult {
    check_generated("G4_pad17")
}

#[test]
fn g5_pad_1() -> TestResult {
    check_generated("G5_pad1")
}

#[test]
fn g6_encrypted_echostr() -> TestResult {
    check_generated("G6_echostr")
}

#[test]
fn g7_foreign_appid_is_refused_although_the_signature_is_right() -> TestResult {
    let vector = Vector::generated("G7_wrong_appid")?;
    let body = format!("<xml><Encrypt>{}</Encrypt></xml>", vector.text("encrypt")?);
    let result = receiver(&vector, secure(&vector)?)?.open(&query(&vector)?, body.as_bytes());
    assert_eq!(result.err(), Some(PushError::Crypto(CryptoError::ForeignAppid)));
    Ok(())
}

#[test]
fn g11_url_verification() -> TestResult {
    check_url_verification(&Vector::generated("G11_get_verify")?)
}
