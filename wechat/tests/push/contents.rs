//! Typed messages and events, from XML and from JSON (protocol 2.7, 2.8, 3.4–3.6).

use wechat::client::mini::{Label, Suggest};
use wechat::push::{
    AuthorizationChange, Content, Event, MediaVerdict, Message, SubscribeChoice, SubscribeReceipt,
    TemplateStatus,
};

use crate::{Failure, TEXT, TestResult, read};

const HEAD: &str = "<ToUserName>gh_sim</ToUserName><FromUserName>oSim</FromUserName>\
    <CreateTime>1790000000</CreateTime>";

fn message(rest: &str) -> Result<Message, Failure> {
    match read(&format!("<xml>{HEAD}<MsgId>7</MsgId>{rest}</xml>"))?.content {
        Content::Message { message, .. } => Ok(message),
        Content::Event(event) => Err(format!("expected a message, got {event:?}").into()),
    }
}

fn event(name: &str, rest: &str) -> Result<Event, Failure> {
    let body = format!("<xml>{HEAD}<MsgType>event</MsgType><Event>{name}</Event>{rest}</xml>");
    event_of(&body)
}

fn event_of(body: &str) -> Result<Event, Failure> {
    match read(body)?.content {
        Content::Event(event) => Ok(event),
        Content::Message { message, .. } => Err(format!("expected an event: {message:?}").into()),
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn messages_are_typed() -> TestResult {
    let cases = [
        (
            "<MsgType>text</MsgType><Content>hi</Content><bizmsgmenuid>3</bizmsgmenuid>",
            Message::Text { content: "hi".to_owned(), menu_id: some("3") },
        ),
        (
            "<MsgType>image</MsgType><PicUrl>http://p</PicUrl><MediaId>m</MediaId>",
            Message::Image { pic_url: some("http://p"), media_id: "m".to_owned() },
        ),
        (
            "<MsgType>voice</MsgType><MediaId>m</MediaId><Format>amr</Format>",
            Message::Voice { media_id: "m".to_owned(), format: some("amr"), recognition: None },
        ),
        (
            "<MsgType>video</MsgType><MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>",
            Message::Video { media_id: "m".to_owned(), thumb_media_id: some("t") },
        ),
        (
            "<MsgType>shortvideo</MsgType><MediaId>m</MediaId>",
            Message::ShortVideo { media_id: "m".to_owned(), thumb_media_id: None },
        ),
        (
            "<MsgType>location</MsgType><Location_X>23.1</Location_X><Location_Y>113.3</Location_Y>\
             <Scale>20</Scale><Label>here</Label>",
            Message::Location {
                latitude: 23.1,
                longitude: 113.3,
                scale: Some(20),
                label: some("here"),
            },
        ),
        (
            "<MsgType>link</MsgType><Title>t</Title><Description>d</Description><Url>u</Url>",
            Message::Link { title: some("t"), description: some("d"), url: "u".to_owned() },
        ),
        (
            "<MsgType>miniprogrampage</MsgType><Title>t</Title><PagePath>p</PagePath>",
            Message::MiniProgramPage { title: some("t"), appid: None, page_path: "p".to_owned() },
        ),
        ("<MsgType>hologram</MsgType>", Message::Other { msg_type: "hologram".to_owned() }),
        ("<MsgType>image</MsgType>", Message::Other { msg_type: "image".to_owned() }),
    ];
    for (rest, expected) in cases {
        assert_eq!(message(rest)?, expected, "{rest}");
    }
    Ok(())
}

#[test]
fn events_are_typed() -> TestResult {
    let key = |key: &str| format!("<EventKey>{key}</EventKey>");
    let cases = [
        ("subscribe", "<EventKey/>".to_owned(), Event::Subscribe { scene: None, ticket: None }),
        (
            "subscribe",
            format!("{}<Ticket>t</Ticket>", key("qrscene_7")),
            Event::Subscribe { scene: some("7"), ticket: some("t") },
        ),
        ("unsubscribe", String::new(), Event::Unsubscribe),
        ("SCAN", key("7"), Event::Scan { scene: "7".to_owned(), ticket: None }),
        (
            "LOCATION",
            "<Latitude>23.1</Latitude><Longitude>113.3</Longitude>".to_owned(),
            Event::Location { latitude: 23.1, longitude: 113.3, precision: None },
        ),
        ("CLICK", key("help"), Event::Click { key: "help".to_owned() }),
        (
            "VIEW",
            format!("{}<MenuId>9</MenuId>", key("https://x")),
            Event::View { url: "https://x".to_owned(), menu_id: some("9") },
        ),
        (
            "view_miniprogram",
            key("pages/a"),
            Event::ViewMiniProgram { page: "pages/a".to_owned(), menu_id: None },
        ),
        (
            "PUBLISHJOBFINISH",
            "<PublishEventInfo><publish_id>5</publish_id><publish_status>0</publish_status>\
             <article_id>a</article_id></PublishEventInfo>"
                .to_owned(),
            Event::PublishJobFinish {
                publish_id: "5".to_owned(),
                status: 0,
                article_id: some("a"),
            },
        ),
        (
            "user_enter_tempsession",
            "<SessionFrom>s</SessionFrom>".to_owned(),
            Event::EnterTempSession { session_from: some("s") },
        ),
        (
            "user_authorization_revoke",
            "<OpenID>o</OpenID><RevokeInfo>1</RevokeInfo>".to_owned(),
            Event::Authorization {
                change: AuthorizationChange::Revoked,
                openid: Some("o".into()),
                unionid: None,
                revoke_info: some("1"),
            },
        ),
        ("teleport", String::new(), Event::Other { name: "teleport".to_owned() }),
        ("SCAN", String::new(), Event::Other { name: "SCAN".to_owned() }),
    ];
    for (name, rest, expected) in cases {
        assert_eq!(event(name, &rest)?, expected, "{name} {rest}");
    }
    Ok(())
}

#[test]
fn event_names_are_compared_without_regard_to_case() -> TestResult {
    let rest = "<MsgID>200228332</MsgID><Status>success</Status>";
    let expected = Event::TemplateSendJobFinish {
        msg_id: "200228332".to_owned(),
        status: TemplateStatus::Success,
    };
    for name in ["TEMPLATESENDJOBFINISH", "templatesendjobfinish", "TemplateSendJobFinish"] {
        assert_eq!(event(name, rest)?, expected, "{name}");
    }
    Ok(())
}

#[test]
fn template_results_are_told_apart() -> TestResult {
    for (text, expected) in [
        ("success", TemplateStatus::Success),
        ("failed:user block", TemplateStatus::UserBlocked),
        ("failed: system failed", TemplateStatus::Failed),
    ] {
        let rest = format!("<MsgID>1</MsgID><Status>{text}</Status>");
        let found = event("TEMPLATESENDJOBFINISH", &rest)?;
        assert!(
            matches!(found, Event::TemplateSendJobFinish { status, .. } if status == expected),
            "{text}"
        );
    }
    Ok(())
}

#[test]
fn subscribe_choices_are_read_from_xml_and_from_both_json_shapes() -> TestResult {
    let accept =
        SubscribeChoice { template_id: "t1".to_owned(), is_accepted: true, popup_scene: some("2") };
    let reject =
        SubscribeChoice { template_id: "t2".to_owned(), is_accepted: false, popup_scene: None };
    let both = Event::SubscribePopup(vec![accept.clone(), reject.clone()]);

    let xml = "<SubscribeMsgPopupEvent><List><TemplateId>t1</TemplateId>\
        <SubscribeStatusString>accept</SubscribeStatusString><PopupScene>2</PopupScene></List>\
        <List><TemplateId>t2</TemplateId>\
        <SubscribeStatusString>reject</SubscribeStatusString></List></SubscribeMsgPopupEvent>";
    assert_eq!(event("subscribe_msg_popup_event", xml)?, both);

    let json = |list: &str| {
        format!(
            r#"{{"ToUserName":"gh","FromUserName":"o","CreateTime":"1790000000","MsgType":"event",
            "Event":"subscribe_msg_popup_event","List":{list}}}"#
        )
    };
    let one = r#"{"TemplateId":"t1","SubscribeStatusString":"accept","PopupScene":"2"}"#;
    let two = r#"{"TemplateId":"t2","SubscribeStatusString":"reject"}"#;
    assert_eq!(event_of(&json(&format!("[{one},{two}]")))?, both);
    assert_eq!(event_of(&json(one))?, Event::SubscribePopup(vec![accept]));

    let xml = "<SubscribeMsgChangeEvent><List><TemplateId>t2</TemplateId>\
        <SubscribeStatusString>reject</SubscribeStatusString></List></SubscribeMsgChangeEvent>";
    assert_eq!(event("subscribe_msg_change_event", xml)?, Event::SubscribeChange(vec![reject]));
    assert!(matches!(event("subscribe_msg_popup_event", "")?, Event::Other { .. }));
    Ok(())
}

#[test]
fn subscribe_receipts_are_read() -> TestResult {
    let xml = "<SubscribeMsgSentEvent><List><TemplateId>t1</TemplateId>\
        <MsgID>4294967296123456789</MsgID><ErrorCode>0</ErrorCode>\
        <ErrorStatus>success</ErrorStatus></List></SubscribeMsgSentEvent>";
    let expected = SubscribeReceipt {
        template_id: "t1".to_owned(),
        msg_id: "4294967296123456789".to_owned(),
        error_code: 0,
        error_status: some("success"),
    };
    assert_eq!(event("subscribe_msg_sent_event", xml)?, Event::SubscribeSent(vec![expected]));
    Ok(())
}

#[test]
fn media_checks_are_read_from_json_and_xml() -> TestResult {
    let json = r#"{"ToUserName":"gh_sim","FromUserName":"oSim","CreateTime":1790000100,
        "MsgType":"event","Event":"wxa_media_check","appid":"wx0123456789abcdef",
        "trace_id":"60f96f1d-00000001","version":2,"errcode":0,"errmsg":"ok",
        "result":{"suggest":"risky","label":20002},"detail":[]}"#;
    let expected = Event::MediaCheck {
        trace_id: "60f96f1d-00000001".to_owned(),
        errcode: 0,
        verdict: Some(MediaVerdict { suggest: Suggest::Risky, label: Label::Porn }),
    };
    assert_eq!(event_of(json)?, expected);
    let xml = "<trace_id>60f96f1d-00000001</trace_id><errcode>0</errcode>\
        <result><suggest>risky</suggest><label>20002</label></result>";
    assert_eq!(event("wxa_media_check", xml)?, expected);

    let failed = "<trace_id>t</trace_id><errcode>-1008</errcode>";
    let expected = Event::MediaCheck { trace_id: "t".to_owned(), errcode: -1008, verdict: None };
    assert_eq!(event("wxa_media_check", failed)?, expected);
    Ok(())
}

#[test]
fn a_repeated_push_has_the_same_key_and_another_push_another() -> TestResult {
    let first = read(TEXT)?;
    assert_eq!(first.dedupe_key(), read(TEXT)?.dedupe_key());
    assert_eq!(first.dedupe_key(), "message:gh_sim:7234567890123456789");
    let keys: Result<Vec<String>, Failure> = [
        ("SCAN", "<EventKey>1</EventKey>"),
        ("SCAN", "<EventKey>2</EventKey>"),
        ("CLICK", "<EventKey>1</EventKey>"),
        ("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID><Status>success</Status>"),
        ("TEMPLATESENDJOBFINISH", "<MsgID>2</MsgID><Status>success</Status>"),
        ("wxa_media_check", "<trace_id>1</trace_id>"),
        ("wxa_media_check", "<trace_id>2</trace_id>"),
        (
            "subscribe_msg_sent_event",
            "<SubscribeMsgSentEvent><List><A>1</A></List></SubscribeMsgSentEvent>",
        ),
        (
            "subscribe_msg_sent_event",
            "<SubscribeMsgSentEvent><List><A>2</A></List></SubscribeMsgSentEvent>",
        ),
    ]
    .iter()
    .map(|(name, rest)| {
        let body = format!("<xml>{HEAD}<MsgType>event</MsgType><Event>{name}</Event>{rest}</xml>");
        let incoming = read(&body)?;
        let other_case = read(&body.replace("<Event>SCAN", "<Event>scan"))?;
        assert_eq!(incoming.dedupe_key(), other_case.dedupe_key());
        Ok(incoming.dedupe_key())
    })
    .collect();
    let keys = keys?;
    let distinct: std::collections::HashSet<&String> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
    assert!(keys.iter().all(|key| !key.contains("oSim")));
    Ok(())
}

#[test]
fn debug_shows_neither_people_nor_their_words() -> TestResult {
    let shown = format!("{:?}", read(TEXT)?);
    assert!(!shown.contains("oSim") && !shown.contains("hello"), "{shown}");
    let shown = format!("{:?}", event("VIEW", "<EventKey>https://x?openid=1</EventKey>")?);
    assert_eq!(shown, r#"Event("VIEW")"#);
    Ok(())
}
