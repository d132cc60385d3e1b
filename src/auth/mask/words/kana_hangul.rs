//! Japanese and Korean.

/// A name follows: at once if it begins as names do, and else behind a sign.
pub(super) const MARKS: &str = "
配達員 配達担当者 担当者 受取人 受領者 ドライバー 氏名 お名前
배송기사 배달기사 택배기사 집배원 수령인 수취인 받는분 받는 인수자 담당자 성명 이름
";

/// What may stand between a mark and the name, besides signs.
pub(super) const LINKS: &str = "は 이름 분";

/// Where a name ends.
pub(super) const STOPS: &str = "が に を は の です 님 様 さん 전화 연락처 휴대폰 입니다";

/// What stands behind a name, whatever it is.
pub(super) const HONORIFICS: &str = "様 さま さん 님 씨";

/// What such a word stands behind where it honours nobody in particular, or is part of another word.
pub(super) const NOBODY: &str = "
お客 客 皆 同 仕 多 模 有 異 各 神 王 奥 配達員 業者 員 お子
고객 기사 선생 회원 사장 담당자 수령인 손 배송원 집배원 판매자 구매자 대리 본인
";

/// A code follows that opens something.
pub(super) const CODES: &str = "暗証番号, 認証番号, 비밀번호, 인증번호, 현관 비밀번호";

/// The family names of most Koreans.
pub(super) const FAMILIES: &str = "김박최정강조윤장임한오서신권황송류홍이안전고문손배백허유남심노하곽성차주우구민진지엄채원천방공";
