//! Passive answers (protocol 3.2, 3.3, 3.7).

use serde_json::{Value, json};
use wechat::push::{
    EncodingAesKey, Push, PushConfig, PushMode, PushQuery, Receiver, Reply, ReplyError,
    verify_encrypted,
};

use crate::{
    APP, Failure, NOW, OLD_KEY, TEXT, TOKEN, TestResult, envelope, key, plain, plain_query,
    receiver, sealed_query, secure,
};

const JSON: &str = r#"{"ToUserName":"gh_sim","FromUserName":"oSim","CreateTime":1790000000,
    "MsgType":"text","Content":"hello","MsgId":7234567890123456789}"#;

fn opened(receiver: &Receiver, body: &str) -> Result<Push, Failure> {
    Ok(receiver.open(&plain_query(NOW), body.as_bytes())?)
}

fn text(content: &str) -> Reply {
    Reply::Text(content.to_owned())
}

/// The text between the tags of an element.
fn element<'a>(xml: &'a str, name: &str) -> Result<&'a str, Failure> {
    let (_, rest) = xml.split_once(&format!("<{name}>")).ok_or("no such element")?;
    let (value, _) = rest.split_once(&format!("</{name}>")).ok_or("no end")?;
    let cdata = value.strip_prefix("<![CDATA[").and_then(|value| value.strip_suffix("]]>"));
    Ok(cdata.unwrap_or(value))
}

#[test]
fn success_is_the_bare_word_in_every_mode() -> TestResult {
    let receiver = plain()?;
    let answer = receiver.answer(&opened(&receiver, TEXT)?, &Reply::Success)?;
    assert_eq!(answer.body, "success");
    let receiver = secure()?;
    let encrypt = key()?.encrypt(TEXT, APP)?;
    let push = receiver.open(&sealed_query(&encrypt), envelope(&encrypt).as_bytes())?;
    assert_eq!(receiver.answer(&push, &Reply::Success)?.body, "success");
    Ok(())
}

#[test]
fn an_xml_answer_swaps_sender_and_recipient_and_holds_hostile_text() -> TestResult {
    let receiver = plain()?;
    let answer = receiver.answer(&opened(&receiver, TEXT)?, &text("a ]]> b"))?;
    assert_eq!(
        answer.body,
        "<xml><ToUserName><![CDATA[oSim]]></ToUserName><FromUserName><![CDATA[gh_sim]]></FromUserName>\
         <CreateTime>1790000000</CreateTime><MsgType><![CDATA[text]]></MsgType>\
         <Content><![CDATA[a ]]]]><![CDATA[> b]]></Content></xml>"
    );
    assert_eq!(answer.content_type, "text/xml; charset=utf-8");
    Ok(())
}

#[test]
fn a_json_push_gets_a_json_answer() -> TestResult {
    let receiver = plain()?;
    let answer = receiver.answer(&opened(&receiver, JSON)?, &text("你好"))?;
    let body: Value = serde_json::from_str(&answer.body)?;
    let expected = json!({
        "ToUserName": "oSim", "FromUserName": "gh_sim", "CreateTime": NOW,
        "MsgType": "text", "Content": "你好",
    });
    assert_eq!(body, expected);
    assert_eq!(answer.content_type, "application/json; charset=utf-8");
    Ok(())
}

#[test]
fn a_chat_is_handed_to_agents() -> TestResult {
    let receiver = plain()?;
    let push = opened(&receiver, TEXT)?;
    let answer = receiver.answer(&push, &Reply::TransferToAgents { account: None })?;
    assert_eq!(element(&answer.body, "MsgType")?, "transfer_customer_service");
    assert!(!answer.body.contains("TransInfo") && !answer.body.contains("Content"));
    let named = Reply::TransferToAgents { account: Some("kf@gh".to_owned()) };
    assert_eq!(element(&receiver.answer(&push, &named)?.body, "KfAccount")?, "kf@gh");
    Ok(())
}

#[test]
fn an_empty_text_is_refused() -> TestResult {
    let receiver = plain()?;
    let push = opened(&receiver, TEXT)?;
    for content in ["", " \n"] {
        assert_eq!(receiver.answer(&push, &text(content)), Err(ReplyError::EmptyText));
    }
    Ok(())
}

#[test]
fn a_secure_answer_is_encrypted_and_signed_in_the_format_of_the_push() -> TestResult {
    let receiver = secure()?;
    for body in [TEXT, JSON] {
        let encrypt = key()?.encrypt(body, APP)?;
        let outer = match body.starts_with('{') {
            true => json!({"ToUserName": "gh_sim", "Encrypt": encrypt}).to_string(),
            false => envelope(&encrypt),
        };
        let push = receiver.open(&sealed_query(&encrypt), outer.as_bytes())?;
        let answer = receiver.answer(&push, &text("你好"))?.body;
        let field = |name: &str| -> Result<String, Failure> {
            if body.starts_with('{') {
                let value: Value = serde_json::from_str(&answer)?;
                let value = value.get(name).ok_or("no such member")?;
                return Ok(value.as_str().map_or(value.to_string(), str::to_owned));
            }
            Ok(element(&answer, name)?.to_owned())
        };
        let (sealed, time, nonce) = (field("Encrypt")?, field("TimeStamp")?, field("Nonce")?);
        assert_eq!((time.as_str(), nonce.as_str()), ("1790000000", "n0nce"));
        let signature = field("MsgSignature")?;
        assert!(verify_encrypted(&TOKEN.into(), &time, &nonce, &sealed, &signature));
        assert!(key()?.decrypt(&sealed, APP)?.contains("你好"));
    }
    Ok(())
}

#[test]
fn a_secure_answer_is_sealed_with_the_key_that_opened_the_push() -> TestResult {
    let old_key = EncodingAesKey::parse(OLD_KEY)?;
    let previous_key = Some(old_key.clone());
    let receiver = receiver(PushConfig { previous_key, ..PushConfig::secure(APP, TOKEN, key()?) })?;
    let encrypt = old_key.encrypt(TEXT, APP)?;
    let push = receiver.open(&sealed_query(&encrypt), envelope(&encrypt).as_bytes())?;
    let answer = receiver.answer(&push, &text("hi"))?.body;
    assert!(old_key.decrypt(element(&answer, "Encrypt")?, APP)?.contains("hi"));
    Ok(())
}

#[test]
fn a_compatible_answer_is_plain() -> TestResult {
    let config =
        PushConfig { mode: PushMode::Compatible, ..PushConfig::secure(APP, TOKEN, key()?) };
    let receiver = receiver(config)?;
    let encrypt = key()?.encrypt(TEXT, APP)?;
    let push = receiver.open(&sealed_query(&encrypt), envelope(&encrypt).as_bytes())?;
    assert_eq!(element(&receiver.answer(&push, &text("hi"))?.body, "Content")?, "hi");
    Ok(())
}

#[test]
fn the_query_is_read_from_a_url_and_may_lack_what_plain_mode_lacks() -> TestResult {
    let url = reqwest::Url::parse("http://x/?signature=s&timestamp=1&nonce=n&openid=oSim")?;
    let pairs: serde_json::Map<String, Value> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into())).collect();
    let query: PushQuery = serde_json::from_value(Value::Object(pairs))?;
    assert_eq!((query.signature.as_str(), query.encrypt_type), ("s", None));
    Ok(())
}
