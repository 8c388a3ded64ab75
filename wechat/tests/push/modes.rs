//! Verification in the three modes (protocol 3.1–3.3, and the negatives at the end of 5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wechat::push::{
    Content, CryptoError, EncodingAesKey, Message, PushConfig, PushError, PushMode, PushQuery,
    Receiver, WINDOW_SECONDS,
};

use crate::{
    APP, Failure, NOW, OLD_KEY, TEXT, TOKEN, TestResult, envelope, key, plain, plain_query,
    receiver, sealed_query, secure,
};

fn open(receiver: &Receiver, query: &PushQuery, body: &str) -> Option<PushError> {
    receiver.open(query, body.as_bytes()).err()
}

fn sealed_text() -> Result<String, Failure> {
    Ok(key()?.encrypt(TEXT, APP)?)
}

#[test]
fn a_plain_push_is_read() -> TestResult {
    let push = plain()?.open(&plain_query(NOW), TEXT.as_bytes())?;
    let expected = Content::Message {
        id: Some("7234567890123456789".to_owned()),
        message: Message::Text { content: "hello".to_owned(), menu_id: None },
    };
    assert_eq!(push.incoming.content, expected);
    assert_eq!((push.incoming.to_user_name.as_str(), push.incoming.created_at), ("gh_sim", NOW));
    Ok(())
}

#[test]
fn a_secure_push_is_read() -> TestResult {
    let encrypt = sealed_text()?;
    let push = secure()?.open(&sealed_query(&encrypt), envelope(&encrypt).as_bytes())?;
    assert_eq!(push.incoming.from.as_str(), "oSim");
    Ok(())
}

#[test]
fn in_compatible_mode_only_the_encrypted_part_counts() -> TestResult {
    let config =
        PushConfig { mode: PushMode::Compatible, ..PushConfig::secure(APP, TOKEN, key()?) };
    let compatible = receiver(config)?;
    let encrypt = sealed_text()?;
    let forged = TEXT.replace("hello", "forged").replace("oSim", "oForged");
    let body = forged.replace("</xml>", &format!("<Encrypt>{encrypt}</Encrypt></xml>"));
    let push = compatible.open(&sealed_query(&encrypt), body.as_bytes())?;
    assert_eq!(push.incoming.from.as_str(), "oSim");
    assert_eq!(push.incoming.fields.text("Content").as_deref(), Some("hello"));
    let only_plain = open(&compatible, &sealed_query(&encrypt), TEXT);
    assert_eq!(only_plain, Some(PushError::NotEncrypted));
    Ok(())
}

#[test]
fn a_wrong_token_is_refused() -> TestResult {
    let other = receiver(PushConfig::plain(APP, "otherToken"))?;
    assert_eq!(open(&other, &plain_query(NOW), TEXT), Some(PushError::Signature));
    let other = receiver(PushConfig::secure(APP, "otherToken", key()?))?;
    let encrypt = sealed_text()?;
    let refused = open(&other, &sealed_query(&encrypt), &envelope(&encrypt));
    assert_eq!(refused, Some(PushError::Signature));
    Ok(())
}

#[test]
fn a_changed_nonce_or_timestamp_is_refused() -> TestResult {
    let receiver = plain()?;
    let nonce = PushQuery { nonce: "other".to_owned(), ..plain_query(NOW) };
    assert_eq!(open(&receiver, &nonce, TEXT), Some(PushError::Signature));
    let time = PushQuery { timestamp: (NOW + 1).to_string(), ..plain_query(NOW) };
    assert_eq!(open(&receiver, &time, TEXT), Some(PushError::Signature));
    Ok(())
}

#[test]
fn swapped_timestamp_and_nonce_are_refused() -> TestResult {
    // The signature sorts its parts, so only reading the timestamp as a time notices.
    let query = plain_query(NOW);
    let (timestamp, nonce) = (query.nonce.clone(), query.timestamp.clone());
    let swapped = PushQuery { timestamp, nonce, ..query };
    assert_eq!(open(&plain()?, &swapped, TEXT), Some(PushError::Timestamp));
    Ok(())
}

#[test]
fn a_push_outside_the_time_window_is_refused() -> TestResult {
    let receiver = plain()?;
    for age in [-WINDOW_SECONDS, 0, WINDOW_SECONDS] {
        assert_eq!(open(&receiver, &plain_query(NOW - age), TEXT), None, "{age}");
    }
    for age in [-WINDOW_SECONDS - 1, WINDOW_SECONDS + 1] {
        let refused = open(&receiver, &plain_query(NOW - age), TEXT);
        assert_eq!(refused, Some(PushError::Timestamp), "{age}");
    }
    Ok(())
}

#[test]
fn a_signature_that_does_not_cover_the_body_is_not_enough_in_secure_mode() -> TestResult {
    let encrypt = sealed_text()?;
    let query = plain_query(NOW);
    let encrypted = PushQuery { encrypt_type: Some("aes".to_owned()), ..query.clone() };
    for query in [query, encrypted] {
        let refused = open(&secure()?, &query, &envelope(&encrypt));
        assert_eq!(refused, Some(PushError::Signature));
    }
    Ok(())
}

#[test]
fn secure_mode_refuses_a_body_without_encrypt() -> TestResult {
    for query in [plain_query(NOW), sealed_query("")] {
        assert_eq!(open(&secure()?, &query, TEXT), Some(PushError::NotEncrypted));
    }
    Ok(())
}

#[test]
fn plain_mode_says_when_the_console_encrypts() -> TestResult {
    let encrypt = sealed_text()?;
    let refused = open(&plain()?, &sealed_query(&encrypt), &envelope(&encrypt));
    assert_eq!(refused, Some(PushError::Encrypted));
    Ok(())
}

#[test]
fn a_changed_or_cut_cipher_text_is_refused_by_its_signature() -> TestResult {
    let encrypt = sealed_text()?;
    let query = sealed_query(&encrypt);
    let mut bytes = STANDARD.decode(&encrypt)?;
    *bytes.first_mut().ok_or("not empty")? ^= 1;
    let flipped = STANDARD.encode(&bytes);
    bytes.truncate(bytes.len() - 16);
    let cut = STANDARD.encode(&bytes);
    for tampered in [flipped, cut] {
        let refused = open(&secure()?, &query, &envelope(&tampered));
        assert_eq!(refused, Some(PushError::Signature));
    }
    Ok(())
}

#[test]
fn after_a_key_change_the_previous_key_still_opens() -> TestResult {
    let encrypt = EncodingAesKey::parse(OLD_KEY)?.encrypt(TEXT, APP)?;
    let query = sealed_query(&encrypt);
    let refused = open(&secure()?, &query, &envelope(&encrypt));
    assert!(matches!(refused, Some(PushError::Crypto(_))), "{refused:?}");

    let previous_key = Some(EncodingAesKey::parse(OLD_KEY)?);
    let config = PushConfig { previous_key, ..PushConfig::secure(APP, TOKEN, key()?) };
    let push = receiver(config)?.open(&query, envelope(&encrypt).as_bytes())?;
    assert_eq!(push.incoming.from.as_str(), "oSim");
    Ok(())
}

#[test]
fn a_push_for_another_app_is_refused() -> TestResult {
    let encrypt = key()?.encrypt(TEXT, "wxffffffffffffffff")?;
    let refused = open(&secure()?, &sealed_query(&encrypt), &envelope(&encrypt));
    assert_eq!(refused, Some(PushError::Crypto(CryptoError::ForeignAppid)));
    Ok(())
}

#[test]
fn malformed_bodies_are_refused() -> TestResult {
    let receiver = plain()?;
    let query = plain_query(NOW);
    for body in ["", "hello", "{", "[]", "<html/>", "<!DOCTYPE xml><xml/>"] {
        assert_eq!(open(&receiver, &query, body), Some(PushError::Malformed), "{body}");
    }
    for field in ["ToUserName", "FromUserName", "CreateTime", "MsgType"] {
        let body = TEXT.replace(field, "X");
        assert_eq!(open(&receiver, &query, &body), Some(PushError::Field(field)));
    }
    assert_eq!(receiver.open(&query, &[0xff, 0xfe]).err(), Some(PushError::Malformed));
    let huge = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(receiver.open(&query, &huge).err(), Some(PushError::TooLarge));
    Ok(())
}

#[test]
fn url_verification_checks_signature_time_and_echostr() -> TestResult {
    let receiver = secure()?;
    let query = PushQuery { echostr: Some("4375".to_owned()), ..plain_query(NOW) };
    assert_eq!(receiver.verify_url(&query).as_deref(), Ok("4375"));
    assert_eq!(receiver.verify_url(&query).as_deref(), Ok("4375"), "may come twice");
    assert_eq!(receiver.verify_url(&plain_query(NOW)), Err(PushError::Echostr));
    let late = PushQuery { echostr: query.echostr.clone(), ..plain_query(NOW - 301) };
    assert_eq!(receiver.verify_url(&late), Err(PushError::Timestamp));
    let forged = PushQuery { signature: "0".repeat(40), ..query };
    assert_eq!(receiver.verify_url(&forged), Err(PushError::Signature));
    Ok(())
}

#[test]
fn encryption_without_a_key_is_no_configuration() {
    for mode in [PushMode::Compatible, PushMode::Secure] {
        let config = PushConfig { mode, ..PushConfig::plain(APP, TOKEN) };
        assert!(receiver(config).is_err(), "{mode:?}");
    }
}
