/** Travel, transport and places to see. */
import { words } from "../lists.ts";

export const TRAVEL_TOPICS: readonly string[] = words(`
camping | hiking | travel | cheap flights | hotels | cruises | beaches | museums | the Eiffel tower
the pyramids | the Great Wall | castles | churches | cars | motorbikes | trains | aeroplanes | rockets
airports | airlines | jet lag | suitcases | backpacks | travel insurance | youth hostels | camper vans
road trips | motorways | speed limits | driving licences | parking | petrol stations | electric cars
hybrid cars | tyres | brakes | gear boxes | oil changes | car washes | taxis | buses | trams | the underground
night trains | bullet trains | ferries | lighthouses | canals | tunnels | hot-air balloons | jet engines
the Golden Gate bridge | Big Ben | the Louvre | the Taj Mahal | Machu Picchu | Disneyland | theme parks
roller coasters | the Grand Canyon | Niagara | national parks | safaris | honeymoons | city breaks | souvenirs
postcards | maps | tour guides | tips for waiters | time zones | skyscrapers | the Oktoberfest
`);
