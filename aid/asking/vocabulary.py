"""The words of a request by SMS or mail, as data: what people call the kinds, counters, times, and what they ask by.

Words stand here as people write them; `grammar` folds them like the text it reads (full width, kana, long vowels).
"""

from types import MappingProxyType

LETTERS = MappingProxyType(
    {
        "PC": "pc",
        "NB": "notebook",
        "TB": "tablet",
        "PR": "printer",
        "SC": "scanner",
        "MF": "mfp",
        "SV": "server",
        "UP": "ups",
        "G": "generator",
        "SW": "switch",
        "WF": "wifi",
        "CB": "cabling",
        "SP": "satphone",
        "SI": "satellite_internet",
        "RD": "radio",
        "SR": "sim_router",
        "PH": "phone",
        "HO": "hosting",
        "WP": "web_page",
        "RR": "relocation_room",
        "BC": "backup_custody",
        "DR": "data_restore",
        "NO": "neighbour_office",
        "SU": "substitute_counter",
        "SK": "staff_kitting",
        "SH": "staff_helpdesk",
        "SA": "staff_accounts",
        "SN": "staff_network",
        "SD": "staff_resident_data",
        "SQ": "staff_safety_enquiry",
        "CE": "staff_certificates",
        "VS": "staff_victim_support",
        "CC": "staff_call_centre",
        "SS": "staff_security",
        "RH": "remote_help",
    }
)
"""The letters of the ASCII form, `G2`: printed on every card. T and L stand for when and where."""

_THINGS = "台 個 基 機 つ だい"
_PEOPLE = "人 名 にん めい"
COUNTERS = MappingProxyType(
    {
        "pc": _THINGS,
        "notebook": _THINGS,
        "tablet": f"{_THINGS} 枚",
        "printer": _THINGS,
        "scanner": _THINGS,
        "mfp": _THINGS,
        "server": _THINGS,
        "ups": _THINGS,
        "generator": _THINGS,
        "switch": _THINGS,
        "wifi": _THINGS,
        "cabling": "式 組 セット",
        "satphone": f"{_THINGS} 本",
        "satellite_internet": "式 台 基 セット 組",
        "radio": _THINGS,
        "sim_router": _THINGS,
        "phone": "回線 台 本",
        "hosting": "式 件",
        "web_page": "式 件",
        "relocation_room": "室 部屋 か所",
        "backup_custody": "式 件",
        "data_restore": "件",
        "neighbour_office": "席",
        "substitute_counter": "窓口 か所",
    }
)
"""By kind, how it is counted; people are counted as people."""
OF_PEOPLE = _PEOPLE
ONE_IF_UNSAID = frozenset({"hosting", "web_page", "backup_custody"})
"""Kinds of which one is meant where no quantity is said: what is asked is that it be done."""

WORDS = MappingProxyType(
    {
        "pc": (
            "パソコン PC ピーシー デスクトップ デスクトップPC デスクトップパソコン 事務用パソコン "
            "業務用パソコン パーソナルコンピュータ パソコン本体 パソコソ"
        ),
        "notebook": "ノートパソコン ノートPC ノートピーシー ノートブック ラップトップ ノート型パソコン ノートパソ",
        "tablet": "タブレット タブレット端末 アイパッド iPad タブレットPC",
        "printer": "プリンタ 印刷機 レーザープリンタ プリンタ機",
        "scanner": "スキャナ イメージスキャナ スキャナ機",
        "mfp": "複合機 コピー機 複写機 コピー複合機 複合器 複合期",
        "server": "サーバ サーバ機 仮設サーバ NAS サーバー機器",
        "ups": "UPS ユーピーエス 無停電電源装置 無停電電源 無停電装置",
        "generator": (
            "発電機 発電器 発電気 発電期 初電機 はつでんき 自家発電機 ポータブル発電機 可搬型発電機 小型発電機 "
            "非常用発電機 ジェネレータ"
        ),
        "switch": "スイッチ ネットワークスイッチ スイッチングハブ ハブ L2スイッチ L3スイッチ HUB",
        "wifi": (
            "無線LAN 無線LANアクセスポイント アクセスポイント WiFi ワイファイ WiFiアクセスポイント "
            "無線アクセスポイント 無線ラン WiFi機器"
        ),
        "cabling": "LAN配線資材 LAN配線 LAN配線材 LANケーブル ランケーブル 配線資材 LAN資材",
        "satphone": "衛星電話 衛星携帯 衛星携帯電話 えいせいでんわ イリジウム ワイドスター 衛生電話 衛星でんわ",
        "satellite_internet": (
            "衛星インターネット 衛星ネット 衛星通信 衛星通信装置 スターリンク Starlink 衛生インターネット 衛星回線"
        ),
        "radio": (
            "無線機 簡易無線 簡易無線機 業務用無線 業務用無線機 トランシーバー むせんき 無線器 無線期 MCA無線 "
            "MCA無線機 ハンディ無線機"
        ),
        "sim_router": "モバイルルータ ルータ ポケットWiFi SIMルータ モバイルWiFi ポケットワイファイ",
        "phone": "臨時電話 FAX ファックス ファクス 仮設電話 電話回線 ファクシミリ 臨時電話・FAX",
        "hosting": "預かり運用 サーバ預かり システム預かり運用 サーバ預かり運用 ホスティング",
        "web_page": (
            "HP代行 ホームページ代行 ホームページ掲載 ホームページ代行掲載 ホームページの代行 HP代行掲載 "
            "ホームページの代行掲載 HP掲載 ウェブ代行"
        ),
        "relocation_room": "設置場所 サーバ設置場所 移設場所 サーバ室 サーバ置き場 移設サーバの設置場所",
        "backup_custody": "バックアップ保管 バックアップの保管 データ保管 保管",
        "data_restore": "データ復元 バックアップ復元 バックアップからの復元 リストア データ復旧",
        "neighbour_office": "庁舎借用 他庁舎利用 業務端末借用 庁舎間借り",
        "substitute_counter": "窓口代行 窓口の代行 代行窓口 臨時窓口代行",
        "remote_help": "遠隔支援 リモート支援 遠隔サポート リモートサポート 遠隔での支援",
    }
)
"""By kind, its everyday names. A slip of one kana in a long name is forgiven without standing here."""

TASKS = MappingProxyType(
    {
        "staff_kitting": "設定 パソコン設定 PC設定 キッティング 端末設定 情報 情報系 ICT IT システム",
        "staff_helpdesk": "ヘルプデスク 相談 問い合わせ対応",
        "staff_accounts": "ID ID設定 権限設定 ID権限設定 アカウント設定",
        "staff_network": "NW ネットワーク ネットワーク復旧 NW復旧 LAN復旧",
        "staff_resident_data": "住基 住民データ 住民データ抽出 住民記録 住民データ照合",
        "staff_safety_enquiry": "安否 安否照会 安否確認",
        "staff_certificates": "証明 証明書発行 証明書 証明発行",
        "staff_victim_support": "り災 罹災証明 り災証明 罹災 被災者支援 り災証明書 罹災証明書",
        "staff_call_centre": "電話 コールセンター 電話対応 電話受付",
        "staff_security": "保安 セキュリティ 情報セキュリティ セキュリティ対応 情報セキュリティ対応",
    }
)
"""By kind of staff, what they do: `証明書発行の職員`, `証明職員`."""
STAFF = "職員 の職員 要員 の要員 担当者 担当職員 担当 スタッフ のスタッフ 対応職員 の人 のできる職員 ができる職員"
BARE_TASKS = frozenset(
    [
        "キッティング",
        "ヘルプデスク",
        "安否照会",
        "安否確認",
        "証明書発行",
        "罹災証明",
        "り災証明",
        "コールセンター",
        "ネットワーク復旧",
        "住民データ抽出",
        "被災者支援",
        "電話対応",
        "ID設定",
        "権限設定",
    ]
)
"""Tasks that stand for their staff by themselves."""
ANY_STAFF = "職員 応援職員 派遣職員 応援要員 要員 人員 スタッフ 情報職員 応援の職員 しょくいん"
"""Staff whose task is not said: `staff_kitting`, as the card says, and the receipt names it."""

ASKING = (
    "要請 応援要請 支援要請 応援 支援 応援依頼 支援依頼 依頼 ようせい おうえん おうえんようせい しえん "
    "OUEN OEN SOS 救援 救援要請 要請です 応援要請です 要請します 要請いたします 要請致します "
    "応援を要請します 依頼します 依頼いたします 願います お願いします おねがいします お願いいたします "
    "お願い致します お願い お願いできますでしょうか お願い申し上げます お願い申しあげます "
    "おねがいいたします おねがい お願いしたい お願いしたいです お願いしたく ください 下さい "
    "貸してください 貸して下さい 貸して かしてください 貸してほしい 貸して欲しい 貸してほしいです "
    "貸し出してください 貸与してください 貸与 送ってください 送って下さい 送って おくってください "
    "送ってほしい 送って欲しい 届けてください 派遣 派遣してください 派遣をお願いします 派遣してほしい "
    "派遣願います 必要です 必要 が必要 必要としています 足りません 足りない 不足 不足しています "
    "足りないです 欲しい ほしい 欲しいです ほしいです 求む 求めます 希望 希望します 頼みます 頼む 手配 "
    "手配お願いします 手配をお願いします 手配願います 借りたい 借りたいです 借用したい お借りしたい "
    "お借りしたいです 助けて 助けてください たすけて 支援してください 応援してください 応援頼む "
    "応援たのむ 求めています 妖精 要性 要成 要請いたしたく 必要となりました 必要になりました "
    "貸していただきたい 貸していただきたいです 送っていただきたい"
)
"""What makes a list of things a request."""

TIMES = MappingProxyType(
    {
        0: "今日 本日 きょう 今日中 本日中 今日じゅう 今夜 今晩 当日 きょうじゅう 今日中に 本日中に ほんじつ",
        1: "明日 あした あす 明日中 みょうにち 明日じゅう 明日中に あしたじゅう あしたまで",
        2: "明後日 あさって 明後日中",
        3: "しあさって 明々後日 明明後日",
    }
)
"""By days from today, until when the help is needed; `T0` to `T3` say the same."""
URGENT = (
    "至急 大至急 緊急 すぐ すぐに 今すぐ いますぐ 早急に 早急 早く はやく なるはや 急ぎ 急ぎで 至急で "
    "一刻も早く しきゅう なるべく早く できるだけ早く 可及的速やかに 速やかに"
)

FILLERS = (
    "は を が に へ まで までに で と の も および 及び ならびに 並びに それと です でございます ます。 "
    "以上 以上です お疲れ様です お疲れさまです おつかれさまです お世話になります お世話になっております "
    "お世話になっています いつもお世話になっております こんにちは こんばんは おはようございます "
    "失礼します 突然失礼します 夜分に失礼します 夜分にすみません すみません すいません 恐れ入ります "
    "恐れ入りますが 申し訳ありません 申し訳ございません 申し訳ありませんが 大変申し訳ありません "
    "お忙しいところすみません お忙しいところ恐れ入ります よろしく よろしくお願いします "
    "宜しくお願いします よろしくお願いいたします よろしくお願い致します 宜しくお願い致します "
    "宜しくお願いいたします よろしくおねがいします どうか どうぞ なんとか 何とか ぜひ "
    "よろしくお願い申し上げます 宜しくお願い申し上げます 以下 下記 次のとおり 下記のとおり 以下のとおり "
    "下記の通り 以下の通り 次の通り 記 コード 認証コード 要請コード 暗証 場所 品目 数量 日時 期限 納期 "
    "希望日 必要日 搬入先 送り先 届け先 受入先 搬入場所 届け場所 受け渡し場所 品名 件名 関係各位 各位 "
    "担当者様 幹事様 事務局様 幹事市様 事務局御中 御中 結まーる 結マール 緊急連絡 当市 当町 当村 当庁 "
    "本市 本町 本村 こちら 被災のため 停電のため 浸水のため 地震のため 断水のため 停電中です "
    "庁舎が被災しました 庁舎が浸水しました 停電しています 停電しました 停電中 停電で 被災しました "
    "被害が出ています サーバが水没しました パソコンが水没しました 庁舎停電 庁舎浸水 庁舎被災 大変です "
    "困っています えーと えっと えー あの"
)
"""Words that are passed over: they ask for nothing and take nothing back."""

PLACES = (
    "庁舎 町舎 役場 市役所 町役場 村役場 区役所 県庁 支所 出張所 避難所 小学校 中学校 高校 高等学校 "
    "体育館 公民館 センター 対策本部 本部 会館 病院 図書館 消防署 消防本部 保健所 ホール アリーナ "
    "分庁舎 別館 本館 サーバ室 グラウンド 公園 仮庁舎 仮設庁舎 プレハブ"
)
"""What the name of a place ends in."""

STOPS = (
    "取消 取り消 取消し とりけし 取りやめ 取り止め キャンセル 中止 訂正 変更 間違 まちがえ まちがい "
    "誤送 誤り テスト 訓練 くんれん 試験 演習 不要 無用 いりません いらない 要りません 要らない "
    "結構です 不可 辞退 返信 回答 出せます 貸せます 貸します 出します 送ります 送れます 提供 可能 "
    "できます 出来ます できません 出来ません 終了 完了 届きまし 届いた 到着 着きました 受領 受け取り "
    "ありがとう 有難う ありません ではない じゃない なし 無し 済み 済です しました 解決 以上は 撤回 "
    "破棄 削除 転送 当選 クリック 無料 円 万円 http 返却 返します 確認済 予備 余って 余り 余剰 在庫 "
    "保有 未定 検討 かも たぶん 多分 もしも 場合は 例えば 例: サンプル 見本 練習 復旧した 戻り "
    "足りました 足りています 足ります 間に合い 間に合って 大丈夫 昨日 先週 先日 来週 来月 前回"
)
"""Wherever one of these stands, a person reads the message: it takes something back, offers, reports or rehearses.

Those within an asking or a passed-over word (`申し訳ありません`) are none."""
NEAR = "ポスティング スキャン ホスティ テレビ プリン タブレ サポータ クラフト スイツ ハブラシ スキヤン モニタ"
"""Words a slip away from a kind that are another thing."""
