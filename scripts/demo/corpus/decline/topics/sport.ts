/** Sport and games outdoors. */
import { words } from "../lists.ts";

export const SPORT_TOPICS: readonly string[] = words(`
football | tennis | golf | chess | poker | skiing | surfing | the Olympic games | the world cup | basketball
baseball | cricket rules | boxing | cycling | swimming | yoga | meditation | volleyball | handball | ice hockey
field hockey | badminton | table tennis | squash | archery | fencing | karate | wrestling | rowing | diving
water polo | ice skating | figure skating | skateboarding | climbing | bouldering | gymnastics | athletics
the long jump | the high jump | pole vault | marathons | triathlon | sprinting | weight lifting | bodybuilding
push-ups | stretching | pilates | Formula One | motor racing | horse races | darts | billiards | snooker
bowling | curling | American football | the Super Bowl | the Tour de France | Wimbledon | the Champions League
penalty kicks | the offside rule | football clubs | transfers of players | referees | stadiums | gold medals
the Paralympics | kayaking | canoeing | parachutes | paragliding | bungee jumping | hula hoops | trampolines
roller skates | scooters | e-bikes | running shoes | gyms | sports cars | sore muscles | rock climbing
martial arts | sumo | polo | lacrosse | croquet | frisbee
`);
