"""The XML parts of a workbook, element by element: what they draw on, what they reckon, and what they say."""

import re
from xml.parsers import expat

from foundation.documents.judging.verdict import Fault, Unfit

LINKING = {"ddeLink", "oleLink", "externalBook", "externalReference", "oleObject", "control", "webPublishItem"}
"""Elements that stand for something outside of the workbook or embedded in it."""
RECKONING = {"f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula"}
CELLS = "sheetData"
"""Whose texts the reader of cells finds, but for what stands inside of formulas."""
SHARED = "si"
"""A text that cells point to; where none does, nobody sees it, and whoever looks inside the file finds it."""
TOLD = {"descr", "title", "prompt", "promptTitle", "error", "errorTitle", "tooltip", "display", "name"}
"""Attributes in which people write: of pictures, of hints at a cell, of properties."""
LINES = {"p", "text", "comment"}
_LITERAL = re.compile(r'"(?:[^"]|"")*"')
_REACHING = re.compile(r"\||(?<![A-Z0-9_])(?:WEBSERVICE|IMAGE|RTD|CALL|REGISTER(?:\.ID)?|EXEC)\s*\(", re.IGNORECASE)
"""What fetches or starts something as soon as it is reckoned; `|` stands in DDE alone."""
_WEB = re.compile(r"https?:|mailto:|#", re.IGNORECASE)
_HYPERLINK = re.compile(r"/relationships/hyperlink\Z")
_CODE = re.compile(r'&(?:[LCRPNDTFAGBIUESXYZH]|"[^"]*"|K[0-9A-Fa-f]{6}|[0-9]+)')
"""How a header is laid out (ECMA-376, 18.3.1.46)."""


class PartReader:
    """Looks through one part. Raises Unfit where it draws on something elsewhere or is no XML."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate("UTF-8", " ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._say
        self._parser.StartDoctypeDeclHandler = self._refuse_type
        self._within_cells = 0
        self._shared: list[str] | None = None
        self.shared: list[str] = []
        self._formula: list[str] | None = None
        self._said: list[str] = []
        self._says_directly = False

    def read(self, part: bytes) -> str:
        """Return what stands in it beside cells; what cells point to is in `shared`."""
        try:
            self._parser.Parse(part, True)
        except expat.ExpatError:
            raise Unfit(Fault.DAMAGED) from None
        return _CODE.sub("\n", "".join(self._said))

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self._says_directly = False
        if local in LINKING:
            raise Unfit(Fault.EXTERNAL)
        if local == "Relationship" and _links_out(attributes):
            raise Unfit(Fault.EXTERNAL)
        if local in RECKONING:
            self._formula = []
        if local == SHARED:
            self._shared = []
        self._within_cells += local == CELLS
        if not self._within_cells and attributes:
            self._said += [f"{text}\n" for key, text in attributes.items() if key in TOLD]

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        self._within_cells -= local == CELLS
        if self._formula is not None and local in RECKONING:
            self._reckon("".join(self._formula))
            self._formula = None
        if self._shared is not None and local == SHARED:
            self.shared.append("".join(self._shared))
            self._shared = None
        if not self._within_cells and (local in LINES or (self._says_directly and local != "t")):
            self._said.append("\n")
        self._says_directly = False

    def _reckon(self, formula: str) -> None:
        """Refuse a formula that reaches out; say its texts, each and put together, as `&` would."""
        if _REACHING.search(_LITERAL.sub("", formula)):
            raise Unfit(Fault.EXTERNAL)
        texts = [each[1:-1].replace('""', '"') for each in _LITERAL.findall(formula)]
        self._said += [f"{each}\n" for each in (*texts, "".join(texts) if len(texts) > 1 else "") if each]

    def _say(self, text: str) -> None:
        if self._formula is not None:
            self._formula.append(text)
        if self._shared is not None:
            self._shared.append(text)
        elif not self._within_cells:
            self._said.append(text)
            self._says_directly = True

    def _refuse_type(self, *_: object) -> None:
        raise Unfit(Fault.DAMAGED)


def _links_out(relation: dict[str, str]) -> bool:
    """Tell whether a part draws on something elsewhere; a cell that links to the web draws on nothing."""
    if relation.get("TargetMode", "Internal") == "Internal":
        return False
    return not (_HYPERLINK.search(relation.get("Type", "")) and _WEB.match(relation.get("Target", "")))
