//! Chinese.

/// A name follows: at once if it begins as names do, and else behind a sign.
pub(super) const MARKS: &str = "
姓名 揽投员 揽收员 揽件员 快递员 快遞員 派件员 派件員 派送员 派送員 投递员 投遞員 配送员 配送員 收件员 收件員 收派员 取件员 业务员
業務員 快递小哥 小哥 骑手 司机 司機 师傅 联系人 聯絡人 聯繫人 收件人 收货人 收貨人 寄件人 发件人 發件人 签收人 簽收人 代收人 领取人
提货人 派件人 派送人 投递人 揽件人 经办人 同事 邻居 家人 朋友 亲友 客户 顾客
";

/// A name follows behind a colon.
pub(super) const LABELS: &str = "签收 簽收 代收 代签 派件 派送 投递 领取 收件";

/// A name stands before.
pub(super) const VERBS: &str = "
签收 簽收 代收 代签 代簽 派送 派件 投递 投遞 配送 揽收 攬收 揽件 取件 领取 領取 自提 取走 收取 送达 送達
";

/// What may stand between the name and such a word.
pub(super) const ADVERBS: &str = "正在 为您 為您 给您 负责 进行 正 已 将 本人";

/// What makes sure that a name follows, if such a word stands behind it.
pub(super) const BY: &str = "由 交由 交给";

/// A code follows that opens something.
pub(super) const CODES: &str = "取件码, 取件碼, 取货码, 取貨碼, 提货码, 提貨碼, 验证码, 驗證碼, 密码, 密碼, 开箱码, 开柜码, 门禁码, 凭";

/// What may stand between a mark and the name, besides signs.
pub(super) const LINKS: &str = "姓名 名字 名前 是 为 為";

/// Where a name ends.
pub(super) const STOPS: &str = "
电话 電話 手机 手機 联系 聯繫 聯絡 联络 号码 已 正 将 將 会 會 派 投递 投遞 配送 揽 签收 簽收 代收 代签 领取 的 为您 為您 送 取
请 請 如有 先生 女士
";

/// What stands behind a name.
pub(super) const HONORIFICS: &str = "先生 女士 小姐 太太 师傅 師傅 经理 阿姨 大哥";

/// Who is nobody in particular, or an office.
pub(super) const NOBODY: &str = "
本人 他人 家人 门卫 門衛 保安 前台 物业 物業 邻居 鄰居 同事 朋友 客户 客戶 快递 快遞 智能 丰巢 豐巢 驿站 驛站 菜鸟 代理 代收 代签
收发 传达 超市 邮政 郵政 顺丰 順豐 圆通 中通 申通 韵达 百世 极兔 京东 德邦 我们 商家 卖家 仓 中心 人员 人員 快件 包裹 柜 公司
小哥 骑手 司机 师傅 派送 派件 投递 配送 签收 机器人 海关 航空 收件人
";

/// What offices end with.
pub(super) const OFFICES: &str =
    "站柜店司部局处處点點室所院校市区區县縣省镇鎮乡鄉村州库网網铺鋪员員厂廠";

/// The family names of most Chinese.
pub(super) const FAMILIES: &str = "
王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱林何郭罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾萧蕭肖田董潘袁蔡蒋蔣余杜叶葉程苏蘇魏吕
呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范石廖贾賈韦韋夏付邹鄒孟熊秦邱江尹薛闫閻段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴覃武戴莫
孔汤湯马馬高方安常金白康施贝倪滕殷毕邬傅齐伍卜穆裴翁庞柯阮詹关欧甘祝左柳鲍鲁兰凌霍俞
";

/// Family names of two letters.
pub(super) const LONG_FAMILIES: &str =
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 皇甫 尉迟 公孙 慕容 司徒 夏侯 令狐 宇文 长孙 东方";

/// Words that begin as names do and are none.
pub(super) const NO_NAMES: &str = "
由于 于 安装 马上 馬上 高峰 高速 高铁 方便 方式 安排 安全 常见 常规 金额 金額 白天 万分 石家庄 江苏 江西 江门 金华 安徽 安阳 常州 常德 郑州 黄山 黄石
温州 林芝 唐山 夏门 任何 任务 程序 关于 左右 付款 许可 康复 方可 方能 江蘇 钱包 严重 严禁 顾客 毛重 兰州 柳州 贺州 梁山
";
