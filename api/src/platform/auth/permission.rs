//! Every permission, once. A permission is a type that stands in a handler's signature and a name
//! that stands in openapi.json; a staff permission also lists the roles that hold it.

use entity::staff_grant::Role;

use super::actor::{Anyone, Resident, Staff};
use super::guard::FromCaller;

pub trait Permission: 'static {
    const NAME: &'static str;
    type Actor: FromCaller<Self>;
}

pub trait StaffPermission: Permission<Actor = Staff> {
    const ROLES: &'static [Role];
}

macro_rules! permissions {
    (
        resident { $($(#[$rm:meta])* $resident:ident $resident_name:literal;)* }
        staff { $($(#[$sm:meta])* $staff:ident $staff_name:literal [$($role:ident),+];)* }
    ) => {
        /// The permissions as types, for `Ctx<perm::…>`.
        pub mod perm {
            use super::{Anyone, Permission, Resident, Role, Staff, StaffPermission};

            /// Open to everybody.
            #[derive(Debug)]
            pub enum Public {}
            impl Permission for Public {
                const NAME: &'static str = "public";
                type Actor = Anyone;
            }

            $($(#[$rm])* #[derive(Debug)] pub enum $resident {}
            impl Permission for $resident {
                const NAME: &'static str = $resident_name;
                type Actor = Resident;
            })*

            $($(#[$sm])* #[derive(Debug)] pub enum $staff {}
            impl Permission for $staff {
                const NAME: &'static str = $staff_name;
                type Actor = Staff;
            }
            impl StaffPermission for $staff {
                const ROLES: &'static [Role] = &[$(Role::$role),+];
            })*

            /// (type, name) of every resident permission.
            pub const RESIDENT: &[(&str, &str)] = &[$((stringify!($resident), $resident_name)),*];

            /// (type, name, roles) of every staff permission.
            pub const STAFF: &[(&str, &str, &[Role])] =
                &[$((stringify!($staff), $staff_name, $staff::ROLES)),*];
        }
    };
}

permissions! {
    resident {
        /// One's own account, sessions and inbox.
        MeUse "me.use";
        QuizAnswer "quiz.answer";
        BookingUse "booking.use";
        ComplaintUse "complaint.use";
    }
    staff {
        /// What every member of staff may do with their own account.
        StaffSelf "staff.self" [HqAdmin, Editor, Reviewer, LabStaff, CaseHandler, ProvinceReporter, Auditor];
        StaffManage "staff.manage" [HqAdmin];
        ArticleRead "article.read" [Editor, Reviewer, HqAdmin];
        ArticleEdit "article.edit" [Editor];
        ArticlePublish "article.publish" [Editor, Reviewer];
        QuizEdit "quiz.edit" [Editor];
        LabManage "lab.manage" [HqAdmin];
        SlotManage "slot.manage" [LabStaff];
        BookingDecide "booking.decide" [LabStaff];
        ComplaintRead "complaint.read" [CaseHandler];
        ComplaintDecide "complaint.decide" [CaseHandler];
        JobManage "job.manage" [HqAdmin];
        AuditRead "audit.read" [Auditor];
    }
}
