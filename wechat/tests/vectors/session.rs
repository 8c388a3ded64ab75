//! Session data: V10, V11, G8, G9, G10.

use serde_json::Value;
use wechat::SessionKey;
use wechat::session_data::{
    PhoneData, SessionDataError, UserInfo, decrypt, session_signature, verify_raw_data,
};

use crate::{Failure, TestResult, Vector};

fn key(vector: &Vector) -> Result<SessionKey, Failure> {
    Ok(vector.text("session_key")?.into())
}

fn check_open_data(vector: &Vector) -> TestResult {
    let expected = vector.0.get("plain").ok_or("plain")?;
    let watermark = |field: &str| expected.pointer(&format!("/watermark/{field}"));
    let appid = watermark("appid").and_then(Value::as_str).ok_or("appid")?;
    let (key, iv) = (key(vector)?, vector.text("iv")?);
    let data = vector.text("encryptedData")?;

    let opened = decrypt(&key, iv, data, appid)?;
    assert_eq!(&opened.fields, expected);
    assert_eq!(Some(opened.issued_at), watermark("timestamp").and_then(Value::as_i64));
    let foreign = decrypt(&key, iv, data, "wxffffffffffffffff");
    assert_eq!(foreign.err(), Some(SessionDataError::ForeignWatermark));
    let rotated = SessionKey::new("HyVFkGl5F5OQWJZZaNzBBg==");
    assert_eq!(decrypt(&rotated, iv, data, appid).err(), Some(SessionDataError::Decrypt));
    Ok(())
}

#[test]
fn v10_encrypted_user_info() -> TestResult {
    let vector = Vector::load("V10_encryptedData")?;
    check_open_data(&vector)?;
    let (iv, data) = (vector.text("iv")?, vector.text("encryptedData")?);
    let opened = decrypt(&key(&vector)?, iv, data, vector.text("appid")?)?;
    let user: UserInfo = opened.read()?;
    assert_eq!(user.open_id.as_str(), "oGZUI0egBJY1zhBYw2KhdUfwVJJE");
    let unionid = user.union_id.ok_or("a unionid")?;
    assert_eq!(unionid.as_str(), "ocMvos6NjeKLIBqg5Mr9QjxrP1FA");
    Ok(())
}

#[test]
fn g8_encrypted_phone_number() -> TestResult {
    let vector = Vector::generated("G8_phone")?;
    check_open_data(&vector)?;
    let watermark = vector.0.pointer("/plain/watermark/appid").and_then(Value::as_str);
    let (iv, data) = (vector.text("iv")?, vector.text("encryptedData")?);
    let opened = decrypt(&key(&vector)?, iv, data, watermark.ok_or("appid")?)?;
    let phone: PhoneData = opened.read()?;
    let wanted = vector.0.pointer("/plain/purePhoneNumber").and_then(Value::as_str);
    assert_eq!(Some(phone.pure_phone_number.as_str()), wanted);
    assert!(!format!("{phone:?}").contains(&phone.pure_phone_number));
    Ok(())
}

#[test]
fn v11_and_g10_raw_data_signatures() -> TestResult {
    for vector in [Vector::load("V11_rawData")?, Vector::generated("G10_rawdata")?] {
        let (raw_data, signature) = (vector.text("rawData")?, vector.text("signature")?);
        assert!(verify_raw_data(&key(&vector)?, raw_data, signature));
        assert!(!verify_raw_data(&key(&vector)?, &format!("{raw_data} "), signature));
    }
    Ok(())
}

#[test]
fn g9_session_signature_is_keyed_with_the_text() -> TestResult {
    let vector = Vector::generated("G9_session_sig")?;
    let signature = session_signature(&key(&vector)?);
    assert_eq!(signature, vector.text("hmac_key_is_text")?);
    assert_ne!(signature, vector.text("hmac_if_wrongly_decoded")?);
    Ok(())
}
