/** Opposites. Every word stands in one pair only, so every question has one answer. */
import { pairsOf, type Relation } from "./relation.ts";

const PAIRS = pairsOf(
  "hot:cold|big:small|tall:short|fast:slow|good:bad|happy:sad|light:dark|day:night|up:down|left:right|in:out|open:closed|full:empty|rich:poor|young:old|hard:soft|high:low|early:late|wet:dry|clean:dirty|heavy:weightless|strong:weak|true:false|near:far|wide:narrow|thick:thin|loud:quiet|brave:cowardly|easy:difficult|cheap:expensive|first:last|begin:end|love:hate|win:lose|buy:sell|give:take|push:pull|come:go|laugh:cry|remember:forget|find:miss|live:die|accept:refuse|arrive:leave|ask:answer|attack:defend|build:destroy|float:sink|increase:decrease|inside:outside|above:below|before:after|always:never|everything:nothing|everybody:nobody|front:back|top:bottom|north:south|east:west|summer:winter|black:white|sweet:sour|sharp:blunt|smooth:rough|deep:shallow|alive:dead|asleep:awake|polite:rude|safe:dangerous|simple:complicated|single:married|tight:loose|ugly:beautiful|useful:useless|visible:invisible|possible:impossible|legal:illegal|lucky:unlucky|honest:dishonest|public:private|modern:ancient|positive:negative|guilty:innocent|generous:stingy|innocence:guilt|friend:enemy|peace:war|success:failure|truth:lie|heaven:hell|question:reply|king:queen|brother:sister|mother:father|son:daughter|man:woman|boy:girl|uncle:aunt|entrance:exit|victory:defeat|profit:loss|birth:death|problem:solution|teacher:student|odd:even|more:less|many:few|plus:minus|male:female|raw:cooked|calm:nervous|lazy:hard-working|proud:ashamed|straight:crooked|solid:liquid|permanent:temporary|major:minor|maximum:minimum|optimist:pessimist|import:export|ascend:descend|expand:shrink|forward:backward|freeze:melt|lock:unlock|appear:disappear|agree:disagree|allow:forbid|admit:deny|praise:blame|wake up:fall asleep|save:waste|stop:start|teach:learn|whisper:shout|together:apart|clever:stupid|healthy:ill|noisy:silent|patient:impatient|tame:wild|urban:rural|vertical:horizontal",
);

export const opposites: readonly Relation[] = [
  {
    domain: "opposites",
    name: "opposite-of",
    kind: "word",
    facts: PAIRS.flatMap(([left, right]) => [
      { subject: left, answer: `The opposite of ${left} is ${right}.`, keyFacts: [right] },
      { subject: right, answer: `The opposite of ${right} is ${left}.`, keyFacts: [left] },
    ]),
    templates: [
      "what is the opposite of {}?",
      "what's the opposite of {}?",
      "opposite of {}?",
      "tell me the opposite of {}.",
      "which word is the opposite of {}?",
      "the opposite of {} is?",
      "what is the contrary of {}?",
      "give me the opposite of {}.",
      "what word means the opposite of {}?",
      "name the opposite of {}.",
      "what is the antonym of {}?",
      "{}: what is the opposite?",
      "do you know the opposite of {}?",
    ],
    heldOut: ["can you tell me the opposite of {}?", "which is the opposite of {}?", "the opposite of {}, please."],
    another: ["and of {}?", "what about {}?", "and {}?", "and the opposite of {}?", "how about {}?"],
  },
];
