//! The one table of error codes: what a client sees, what an operator sees in the log. From it come
//! `docs/ERRORS.md` and the list in openapi.json.

/// How loudly the log speaks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The client's affair.
    Quiet,
    /// Worth a look when it becomes frequent.
    Notice,
    /// Ours.
    Fault,
}

macro_rules! error_codes {
    ($($(#[$meta:meta])* $variant:ident $code:literal $status:literal $severity:ident $sentence:literal;)+) => {
        /// A stable code. Clients decide by it, never by the sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$meta])* $variant),+ }

        impl ErrorCode {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),+ }
            }

            /// What a citizen reads.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),+ }
            }
        }
    };
}

error_codes! {
    // The request itself.
    MalformedJson "malformed_json" 400 Quiet "请求内容不是有效的 JSON，请检查后重试。";
    MalformedRequest "malformed_request" 400 Quiet "请求格式有误，请检查后重试。";
    NotFound "not_found" 404 Quiet "您查找的内容不存在，或者您无权查看。";
    MethodNotAllowed "method_not_allowed" 405 Quiet "该地址不支持这种操作。";
    RequestTimeout "request_timeout" 503 Notice "处理超时，请稍后重试。";
    BodyTooLarge "body_too_large" 413 Quiet "提交的内容过大，请精简后重试。";
    UnsupportedMediaType "unsupported_media_type" 415 Quiet "不支持这种内容类型。";
    ValidationFailed "validation_failed" 422 Quiet "填写的内容有误，请按提示修改。";
    InvalidCursor "invalid_cursor" 422 Quiet "翻页标记无效，请从第一页重新查看。";
    UnknownRegion "unknown_region" 422 Quiet "行政区划代码不存在，请重新选择地区。";
    RateLimited "rate_limited" 429 Quiet "操作过于频繁，请稍后再试。";
    ChallengeRequired "challenge_required" 428 Quiet "请先完成安全验证再继续操作。";
    ChallengeInvalid "challenge_invalid" 422 Quiet "安全验证无效或已过期，请重新验证。";
    Internal "internal" 500 Fault "系统出现故障，我们已记录，请稍后重试。";
    Unavailable "unavailable" 503 Notice "系统繁忙，请稍后重试。";

    // Conditions and repetition.
    PreconditionRequired "precondition_required" 428 Quiet "请先读取最新版本再修改。";
    StaleVersion "stale_version" 412 Quiet "内容已被他人修改，请刷新后重试。";
    IdempotencyKeyInvalid "idempotency_key_invalid" 422 Quiet "幂等键无效，应为 8 至 64 位字母、数字或连字符。";
    IdempotencyKeyReused "idempotency_key_reused" 422 Quiet "同一幂等键已用于另一份请求。";

    // Who you are.
    Unauthenticated "unauthenticated" 401 Quiet "请先登录。";
    TokenInvalid "token_invalid" 401 Quiet "登录凭证无效，请重新登录。";
    TokenExpired "token_expired" 401 Quiet "登录已过期，请刷新登录。";
    RefreshTokenInvalid "refresh_token_invalid" 401 Quiet "登录已失效，请重新登录。";
    RefreshTokenReused "refresh_token_reused" 401 Notice "登录凭证已被使用过，为了安全请重新登录。";
    AccountDisabled "account_disabled" 403 Quiet "该账号已停用，如有疑问请联系管理员。";
    AccountClosing "account_closing" 403 Quiet "该账号正在注销，期间只能查看、导出个人信息或撤销注销。";
    Forbidden "forbidden" 403 Quiet "您没有进行此操作的权限。";
    CredentialsInvalid "credentials_invalid" 401 Quiet "用户名或密码不正确。";
    AccountLocked "account_locked" 429 Notice "登录失败次数过多，账号已暂时锁定，请稍后再试。";
    SessionIdle "session_idle" 401 Quiet "长时间没有操作，已自动退出，请重新登录。";
    PasswordChangeRequired "password_change_required" 403 Quiet "请先修改密码，再继续使用。";
    PasswordReused "password_reused" 422 Quiet "不能使用最近用过的密码，请换一个。";
    CurrentPasswordWrong "current_password_wrong" 422 Quiet "当前密码不正确。";
    SecondFactorEnrolmentRequired "second_factor_enrolment_required" 403 Quiet "请先绑定动态口令，再继续使用。";
    SecondFactorCodeInvalid "second_factor_code_invalid" 422 Quiet "动态口令或恢复码不正确，或者已经用过。";
    SecondFactorNotEnrolled "second_factor_not_enrolled" 409 Quiet "尚未绑定动态口令，或者绑定已超时，请重新绑定。";
    SecondFactorMandatory "second_factor_mandatory" 409 Quiet "按规定必须使用动态口令，不能停用。";
    LoginTicketInvalid "login_ticket_invalid" 401 Quiet "登录已超时，请重新输入用户名和密码。";
    UsernameTaken "username_taken" 409 Quiet "该用户名已被使用。";
    MonitoringPointNameTaken "monitoring_point_name_taken" 409 Quiet "该地区已有同名监测点。";
    OwnRights "own_rights" 403 Quiet "不能更改自己的权限，请由其他管理员办理。";
    RoleCodeTaken "role_code_taken" 409 Quiet "该角色代码已被使用。";
    RoleBuiltIn "role_built_in" 409 Quiet "内置角色不能修改，请另建角色。";
    RoleInUse "role_in_use" 409 Quiet "仍有人员持有该角色，不能删除。";
    DutiesConflict "duties_conflict" 409 Quiet "系统、安全、审计管理与业务职责相互分离，一人不能兼任。";
    LastAdministrator "last_administrator" 409 Quiet "这是该职责的最后一名管理员，请先指定接任者。";

    // Minors, guardians, consents.
    NotForChildren "not_for_children" 403 Quiet "未成年人和班级席位不能进行此操作，请由监护人办理。";
    AgeRequired "age_required" 403 Quiet "请先选择您的年龄段，再进行此操作。";
    AgeRaiseRefused "age_raise_refused" 409 Quiet "调整为更大的年龄段，须到此前声明的月份之后，或由监护人、工作人员确认。";
    ConsentRequired "consent_required" 403 Quiet "请先阅读并同意相应的个人信息处理告知，再进行此操作。";
    NoticeOutdated "notice_outdated" 409 Quiet "告知内容已更新，请阅读最新版本后再同意。";
    PhoneRequired "phone_required" 403 Quiet "请先绑定手机号，再进行此操作。";
    InvitationInvalid "invitation_invalid" 422 Quiet "监护邀请码无效、已使用或已过期。";
    GuardianNotNeeded "guardian_not_needed" 409 Quiet "该账号不需要监护人确认，或已由监护人确认。";

    // Classes.
    TeacherRequired "teacher_required" 403 Quiet "只有身份类别为教师的账号可以开设班级。";
    ClassLimitReached "class_limit_reached" 409 Quiet "您开设的班级已达上限，请先关闭不用的班级。";
    ClassClosed "class_closed" 409 Quiet "该班级已关闭。";
    ClassCodeInvalid "class_code_invalid" 422 Quiet "班级码无效或已过期，请向老师确认。";
    ClassFull "class_full" 409 Quiet "班级席位已满，请联系老师。";
    SeatTaken "seat_taken" 409 Quiet "该席位已有人使用，请输入席位卡上的口令，或联系老师。";
    SeatPinInvalid "seat_pin_invalid" 401 Quiet "席位口令不正确，请查看席位卡。";
    SeatLocked "seat_locked" 409 Quiet "席位口令错误次数过多，请老师更换席位卡。";

    // WeChat.
    WechatCodeInvalid "wechat_code_invalid" 422 Quiet "微信授权码无效或已过期，请重新授权。";
    WechatCodeUsed "wechat_code_used" 409 Quiet "微信授权码已被使用，请重新授权。";
    WechatUserBlocked "wechat_user_blocked" 403 Quiet "该微信账号存在安全风险，暂时无法登录。";
    WechatUnavailable "wechat_unavailable" 503 Notice "微信服务暂时不可用，请稍后重试。";
    WechatNotBound "wechat_not_bound" 401 Quiet "该微信尚未绑定工作人员账号，请用密码登录后绑定。";
    WechatAlreadyBound "wechat_already_bound" 409 Quiet "该微信或该账号已有绑定，请先解除。";
    WechatSessionStale "wechat_session_stale" 409 Quiet "微信登录状态已失效，请重新登录后再试。";
    WechatDataInvalid "wechat_data_invalid" 422 Quiet "微信数据无效或已过期，请重新获取。";
    H5LoginUnavailable "h5_login_unavailable" 503 Quiet "网页登录尚未开通，请使用小程序。";
    LoginStateInvalid "login_state_invalid" 422 Quiet "登录请求无效或已过期，请重新打开页面登录。";
    SnapshotUser "snapshot_user" 403 Quiet "当前为快照页面，请点击“使用完整服务”后再登录。";

    // One's own account.
    SchoolNotNeeded "school_not_needed" 409 Quiet "只有学生和教师可以填写学校，请先选择身份类别。";
    RealNameInUse "real_name_in_use" 409 Quiet "实名信息正用于办理中的事项，办结后才能删除。";
    ConflictDecided "conflict_decided" 409 Quiet "该冲突当前状态不能进行此操作。";

    // Articles.
    SynonymTaken "synonym_taken" 409 Quiet "其中有词语已在另一组同义词中。";
    TooManySynonyms "too_many_synonyms" 409 Quiet "同义词组数量已达上限。";
    ArticleNotDraft "article_not_draft" 409 Quiet "该文章当前状态不能进行此操作。";
    ArticleWithdrawn "article_withdrawn" 410 Quiet "该文章已撤回。";
    ArticleExpired "article_expired" 410 Quiet "该文章已过有效期。";
    ArticleIncomplete "article_incomplete" 422 Quiet "稿件尚不完整，请按提示补充后再送审。";
    PersonalDataFound "personal_data_found" 422 Quiet "文中疑似含有个人信息，请删除，或确认可以公开后再送审。";
    SamePerson "same_person" 403 Quiet "撰写、审核、发布须由不同人员办理，您已参与本稿的其他环节。";
    ScheduleTooSoon "schedule_too_soon" 422 Quiet "定时发布时间须在两分钟之后。";
    PreviewLinkInvalid "preview_link_invalid" 404 Quiet "预览链接无效，请向编辑人员重新索取。";
    PreviewLinkExpired "preview_link_expired" 410 Quiet "预览链接已失效，请向编辑人员重新索取。";
    UnknownQuiz "unknown_quiz" 422 Quiet "答题活动不存在，请重新选择。";
    UnknownLabService "unknown_lab_service" 422 Quiet "检测服务不存在，请重新选择。";
    UnknownCategory "unknown_category" 422 Quiet "栏目不存在，请重新选择。";
    PublicationNotFailed "publication_not_failed" 409 Quiet "该渠道没有发送失败，不需要重试。";
    CampaignStateConflict "campaign_state_conflict" 409 Quiet "该专题活动当前状态不能进行此操作。";
    CoverInvalid "cover_invalid" 422 Quiet "封面应为 JPEG、PNG 或 WebP 图片，且不超过 2 MB。";

    // Uploads.
    MediaTicketClosed "media_ticket_closed" 409 Quiet "该上传凭证已使用或已过期，请重新申请。";
    MediaTooMany "media_too_many" 409 Quiet "您有过多未使用的上传文件，请先提交或稍后再试。";
    MediaMismatch "media_mismatch" 422 Quiet "收到的文件不完整或与申请时不一致，请重新上传。";
    MediaRejected "media_rejected" 422 Quiet "文件已损坏，或其内容与所选类型不符，请更换文件。";
    MediaTooLarge "media_too_large" 422 Quiet "图片的尺寸过大，请缩小后重新上传。";
    MediaActive "media_active" 422 Quiet "文件含有脚本或自动执行的内容，不能上传。";
    MediaUnavailable "media_unavailable" 422 Quiet "引用的文件不存在、未通过检查或已用于别处，请重新上传。";

    // Bulletins, products, follows.
    BulletinWithdrawn "bulletin_withdrawn" 410 Quiet "该公告已撤回，原因见撤回说明。";
    BulletinNotEditable "bulletin_not_editable" 409 Quiet "该公告当前状态不能进行此操作。";
    OwnBulletin "own_bulletin" 403 Quiet "公告不能由撰写人本人发布或更正，请由其他人员办理。";
    SheetBroken "sheet_broken" 422 Quiet "文件不是有效的 XLSX 或 CSV 表格，请用模板重新填写。";
    SheetTooLarge "sheet_too_large" 422 Quiet "表格的行、列或内容过多，请分成几份导入。";
    SheetActive "sheet_active" 422 Quiet "表格含有宏，不能导入，请另存为不含宏的表格。";
    ImportHasErrors "import_has_errors" 409 Quiet "表格仍有错误，请修改后重新上传。";
    ImportSettled "import_settled" 409 Quiet "该次导入已经完成或已过期，请重新上传。";
    GtinInvalid "gtin_invalid" 422 Quiet "商品条码有误，请核对后重新输入。";
    FollowLimitReached "follow_limit_reached" 409 Quiet "您关注的内容已达上限，请先取消不需要的关注。";

    // Quizzes.
    QuizNotEditable "quiz_not_editable" 409 Quiet "该答题活动当前状态不能进行此操作。";
    AttemptLimitReached "attempt_limit_reached" 409 Quiet "您的答题次数已用完。";
    AttemptClosed "attempt_closed" 409 Quiet "本次答题已结束，不能再修改。";
    AnswerOutdated "answer_outdated" 409 Quiet "您已在其他页面提交了更新的答案。";

    // Appointments.
    SlotFull "slot_full" 409 Quiet "该时段已约满，请选择其他时间。";
    SlotHeld "slot_held" 409 Quiet "该时段余位正待机构确认，可稍后再试或选择其他时间。";
    SlotClosed "slot_closed" 409 Quiet "该时段已停止预约，请选择其他时间。";
    CutoffPassed "cutoff_passed" 409 Quiet "距离开始时间过近，已不能预约或取消。";
    AlreadyBooked "already_booked" 409 Quiet "您已预约过该时段。";
    SlotNotReleased "slot_not_released" 409 Quiet "该时段尚未放号，请在放号后预约。";
    SlotDrawn "slot_drawn" 409 Quiet "该时段名额通过摇号分配，请报名参加摇号。";
    DistrictFirst "district_first" 409 Quiet "该时段目前优先向本地居民开放，请稍后再试。";
    AlreadyCheckedIn "already_checked_in" 409 Quiet "该预约已核销入场，请勿重复核销。";
    CheckInCodeInvalid "check_in_code_invalid" 422 Quiet "核销码无效，请让预约人重新打开预约页面。";
    CheckInCodeExpired "check_in_code_expired" 409 Quiet "核销码已过期，请刷新后重试。";
    SlotHasRoom "slot_has_room" 409 Quiet "该时段仍有名额，请直接预约。";
    WaitlistFirst "waitlist_first" 409 Quiet "已有人在候补该时段，请加入候补。";
    SlotNotDrawable "slot_not_drawable" 409 Quiet "所选时段已有预约、已停止预约或已在其他摇号中。";
    LotteryNotOpen "lottery_not_open" 409 Quiet "该摇号尚未开始报名，请稍后再试。";
    LotteryClosed "lottery_closed" 409 Quiet "该摇号报名已结束。";
    AlreadyEntered "already_entered" 409 Quiet "您已报名该摇号。";
    WaitlistFull "waitlist_full" 409 Quiet "该时段候补人数已满，请选择其他时段。";
    QuotaExceeded "quota_exceeded" 409 Quiet "您未完成的预约已达上限，完成或取消后可再次预约。";
    BookingPaused "booking_paused" 409 Quiet "您的预约资格暂停中，到期后自动恢复。";
    HoldExpired "hold_expired" 409 Quiet "名额保留时间已过，请重新选择时间。";
    MovesExhausted "moves_exhausted" 409 Quiet "该预约的改期次数已用完。";
    CheckInClosed "check_in_closed" 409 Quiet "现在不在该预约的签到时间内。";
    SecondPersonNeeded "second_person_needed" 409 Quiet "作废预约须由一人申请、另一人批准。";
    BookingNotPending "booking_not_pending" 409 Quiet "该预约当前状态不能进行此操作。";
    NoShowSettled "no_show_settled" 409 Quiet "该爽约记录已超过可更正的期限。";
    AttendanceSettled "attendance_settled" 409 Quiet "到场情况已超过可更正的期限。";
    ExportRunning "export_running" 409 Quiet "您已有一个导出任务正在进行，请完成后再试。";
    SlotExists "slot_exists" 409 Quiet "该服务在此时间已有时段。";
    PlanChanging "plan_changing" 409 Quiet "该计划上一次修改仍在执行，请稍后再试。";
    PlanNeverHappens "plan_never_happens" 422 Quiet "该周期规则不会产生任何日期，请检查规则和起止日期。";
    PlanTooLarge "plan_too_large" 422 Quiet "该计划产生的时段过多，请缩短预约期或减少时段。";
    LabNameTaken "lab_name_taken" 409 Quiet "该名称已被使用。";

    // Samples and results.
    SampleMissing "sample_missing" 409 Quiet "请先登记样品，再开始检测。";
    SampleLimitReached "sample_limit_reached" 409 Quiet "该预约登记的样品已达上限。";
    SampleNumberTaken "sample_number_taken" 409 Quiet "该样品编号在本机构已被使用。";
    SampleMoveRefused "sample_move_refused" 409 Quiet "样品当前状态不能这样流转。";
    ReportNotReady "report_not_ready" 409 Quiet "检测报告尚未出具，请等待结果通知。";
    ReportChanged "report_changed" 409 Quiet "该检测报告已更正或撤回，请回到预约详情查看。";
    ReportLinkInvalid "report_link_invalid" 404 Quiet "报告链接无效，请从预约详情重新获取。";
    ReportLinkExpired "report_link_expired" 409 Quiet "报告链接已过期，请从预约详情重新获取。";
    RatingClosed "rating_closed" 409 Quiet "结果出具后的评价期内才能评价。";
    // Labs and stops.
    LabNotAccredited "lab_not_accredited" 409 Quiet "该机构的检验检测资质已到期或尚未登记，暂不接受此项预约。";
    LabServiceClosed "lab_service_closed" 409 Quiet "该服务已停止提供。";
    CertificateTaken "certificate_taken" 409 Quiet "该证书编号已登记。";
    AccreditationEnded "accreditation_ended" 409 Quiet "该资质已被替换或撤销，请刷新后查看。";
    ParcelNotExpected "parcel_not_expected" 409 Quiet "只有寄样检测的预约需要填写快递单号。";
    StopNotPlanned "stop_not_planned" 409 Quiet "该活动已取消或已结束。";
    StopNotBegun "stop_not_begun" 409 Quiet "该活动尚未开始。";
    StopHasSlots "stop_has_slots" 409 Quiet "该活动有时段不在新的时间之内，请先关闭这些时段。";

    // Complaints.
    ComplaintDecided "complaint_decided" 409 Quiet "该投诉当前状态不能进行此操作。";

    // Readers and posters.
    FavouritesFull "favourites_full" 409 Quiet "收藏已达上限，请先清理不需要的收藏。";
    PostersUnavailable "posters_unavailable" 503 Quiet "海报码尚未开通，请联系系统管理员。";

    // Questions to experts.
    QuestionDecided "question_decided" 409 Quiet "该咨询当前状态不能进行此操作。";
    QuestionClaimed "question_claimed" 409 Quiet "该咨询已由其他专家领取。";
    QuestionNotClaimed "question_not_claimed" 409 Quiet "请先领取该咨询再作答复。";
    QuestionTextRejected "question_text_rejected" 409 Quiet "该咨询的文字未通过审核，只能退回。";
    QuestionFollowedUp "question_followed_up" 409 Quiet "每个咨询只能追问一次。";
    FaqOwnAnswer "faq_own_answer" 403 Quiet "不能整理发布本人答复的咨询，请由其他人员办理。";
    FaqWithdrawn "faq_withdrawn" 410 Quiet "该问答已撤回。";

    // The audit trail.
    AuditExportRunning "audit_export_running" 409 Quiet "您已有一个导出任务正在进行，请完成后再试。";
    AuditExportNotReady "audit_export_not_ready" 409 Quiet "导出文件尚未生成，请稍后再试。";
    AuditExportExpired "audit_export_expired" 409 Quiet "导出文件已过期，请重新导出。";
    // Review of texts.
    TextReviewClaimed "text_review_claimed" 409 Quiet "该内容正由其他人员审核。";
    TextReviewNotClaimed "text_review_not_claimed" 409 Quiet "请先领取该内容再作出决定。";
    TextReviewClosed "text_review_closed" 409 Quiet "该内容无需人工审核或已审核完毕。";
    // Personal data.
    ExportInProgress "export_in_progress" 409 Quiet "您的个人信息正在导出，请稍后查看。";
    ExportNotReady "export_not_ready" 409 Quiet "导出文件尚未生成，或者已过期。";
    DeletionNotScheduled "deletion_not_scheduled" 409 Quiet "当前没有可以撤销的注销申请。";
    CorrectionPending "correction_pending" 409 Quiet "该信息已有待处理的更正申请。";
    CorrectionDecided "correction_decided" 409 Quiet "该更正申请已经处理。";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_speak_chinese() {
        let mut seen = HashSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            assert!(code.as_str().bytes().all(is_plain), "{}", code.as_str());
            assert!(code.sentence().ends_with('。'), "{}", code.as_str());
            assert!((400..600).contains(&code.status()));
            assert_eq!(code.severity() == Severity::Fault, code.status() == 500);
        }
    }
}
