/** Countries and their capitals. */
import { capitalised, pairsOf, type Relation } from "./relation.ts";

const EUROPE =
  "Albania:Tirana|Andorra:Andorra la Vella|Austria:Vienna|Belarus:Minsk|Belgium:Brussels|Bosnia and Herzegovina:Sarajevo|Bulgaria:Sofia|Croatia:Zagreb|Cyprus:Nicosia|Czechia:Prague|Denmark:Copenhagen|Estonia:Tallinn|Finland:Helsinki|France:Paris|Germany:Berlin|Greece:Athens|Hungary:Budapest|Iceland:Reykjavik|Ireland:Dublin|Italy:Rome|Kosovo:Pristina|Latvia:Riga|Liechtenstein:Vaduz|Lithuania:Vilnius|Malta:Valletta|Moldova:Chisinau|Montenegro:Podgorica|the Netherlands:Amsterdam|North Macedonia:Skopje|Norway:Oslo|Poland:Warsaw|Portugal:Lisbon|Romania:Bucharest|Russia:Moscow|Serbia:Belgrade|Slovakia:Bratislava|Slovenia:Ljubljana|Spain:Madrid|Sweden:Stockholm|Switzerland:Bern|Ukraine:Kyiv|the United Kingdom:London";
const ASIA =
  "Afghanistan:Kabul|Armenia:Yerevan|Azerbaijan:Baku|Bahrain:Manama|Bangladesh:Dhaka|Bhutan:Thimphu|Brunei:Bandar Seri Begawan|Cambodia:Phnom Penh|China:Beijing|Georgia:Tbilisi|India:New Delhi|Indonesia:Jakarta|Iran:Tehran|Iraq:Baghdad|Israel:Jerusalem|Japan:Tokyo|Jordan:Amman|Kazakhstan:Astana|Kuwait:Kuwait City|Kyrgyzstan:Bishkek|Laos:Vientiane|Lebanon:Beirut|Malaysia:Kuala Lumpur|the Maldives:Male|Mongolia:Ulaanbaatar|Myanmar:Naypyidaw|Nepal:Kathmandu|North Korea:Pyongyang|Oman:Muscat|Pakistan:Islamabad|the Philippines:Manila|Qatar:Doha|Saudi Arabia:Riyadh|South Korea:Seoul|Syria:Damascus|Tajikistan:Dushanbe|Thailand:Bangkok|Turkey:Ankara|Turkmenistan:Ashgabat|the United Arab Emirates:Abu Dhabi|Uzbekistan:Tashkent|Vietnam:Hanoi|Yemen:Sanaa|Sri Lanka:Colombo|Timor-Leste:Dili|Taiwan:Taipei";
const AFRICA =
  "Algeria:Algiers|Angola:Luanda|Benin:Porto-Novo|Botswana:Gaborone|Burkina Faso:Ouagadougou|Burundi:Gitega|Cameroon:Yaounde|Cape Verde:Praia|the Central African Republic:Bangui|Chad:N'Djamena|the Comoros:Moroni|the Congo:Brazzaville|the Democratic Republic of the Congo:Kinshasa|Egypt:Cairo|Equatorial Guinea:Malabo|Eritrea:Asmara|Eswatini:Mbabane|Ethiopia:Addis Ababa|Gabon:Libreville|the Gambia:Banjul|Ghana:Accra|Guinea:Conakry|Guinea-Bissau:Bissau|Ivory Coast:Yamoussoukro|Kenya:Nairobi|Lesotho:Maseru|Liberia:Monrovia|Libya:Tripoli|Madagascar:Antananarivo|Malawi:Lilongwe|Mali:Bamako|Mauritania:Nouakchott|Mauritius:Port Louis|Morocco:Rabat|Mozambique:Maputo|Namibia:Windhoek|Niger:Niamey|Nigeria:Abuja|Rwanda:Kigali|Senegal:Dakar|the Seychelles:Victoria|Sierra Leone:Freetown|Somalia:Mogadishu|South Africa:Pretoria|South Sudan:Juba|Sudan:Khartoum|Tanzania:Dodoma|Togo:Lome|Tunisia:Tunis|Uganda:Kampala|Zambia:Lusaka|Zimbabwe:Harare|Djibouti:Djibouti City";
const AMERICAS =
  "Argentina:Buenos Aires|the Bahamas:Nassau|Barbados:Bridgetown|Belize:Belmopan|Bolivia:Sucre|Brazil:Brasilia|Canada:Ottawa|Chile:Santiago|Colombia:Bogota|Costa Rica:San Jose|Cuba:Havana|Dominica:Roseau|the Dominican Republic:Santo Domingo|Ecuador:Quito|El Salvador:San Salvador|Grenada:St George's|Guatemala:Guatemala City|Guyana:Georgetown|Haiti:Port-au-Prince|Honduras:Tegucigalpa|Jamaica:Kingston|Mexico:Mexico City|Nicaragua:Managua|Panama:Panama City|Paraguay:Asuncion|Peru:Lima|Saint Lucia:Castries|Suriname:Paramaribo|Trinidad and Tobago:Port of Spain|the United States:Washington|Uruguay:Montevideo|Venezuela:Caracas";
const OCEANIA =
  "Australia:Canberra|Fiji:Suva|Kiribati:South Tarawa|the Marshall Islands:Majuro|Micronesia:Palikir|New Zealand:Wellington|Palau:Ngerulmud|Papua New Guinea:Port Moresby|Samoa:Apia|the Solomon Islands:Honiara|Tonga:Nuku'alofa|Tuvalu:Funafuti|Vanuatu:Port Vila|Antigua and Barbuda:St John's";

export const COUNTRIES = [EUROPE, ASIA, AFRICA, AMERICAS, OCEANIA].flatMap(pairsOf);

export const capitals: readonly Relation[] = [
  {
    domain: "capitals",
    name: "capital-of",
    kind: "country",
    facts: COUNTRIES.map(([country, city]) => ({
      subject: country,
      answer: `The capital of ${country} is ${city}.`,
      keyFacts: [city],
    })),
    templates: [
      "what is the capital of {}?",
      "what's the capital of {}?",
      "which city is the capital of {}?",
      "tell me the capital of {}.",
      "name the capital of {}.",
      "capital of {}?",
      "the capital of {} is?",
      "do you know the capital of {}?",
      "which capital does {} have?",
      "what city is the capital of {}?",
      "I need the capital of {}.",
      "give me {}'s capital.",
      "what is the capital city of {}?",
      "{}: what is the capital?",
      "what is {}'s capital?",
      "what is the name of the capital of {}?",
      "the capital of {}, what is it?",
      "{}, what is its capital?",
      "the capital city of {} is called?",
      "what do you call the capital of {}?",
      "can you tell me the capital of {}?",
      "how is the capital of {} called?",
    ],
    heldOut: [
      "can you name the capital of {}?",
      "the capital city of {}, what is it?",
      "what do they call the capital of {}?",
    ],
    another: ["and of {}?", "and the capital of {}?", "what about {}?", "and {}?", "how about {}?", "and for {}?"],
  },
  {
    domain: "capitals",
    name: "country-of",
    kind: "city",
    facts: COUNTRIES.map(([country, city]) => ({
      subject: city,
      answer: `${city} is the capital of ${country}.`,
      keyFacts: [capitalised(country.replace(/^the /, ""))],
    })),
    templates: [
      "which country has the capital {}?",
      "{} is the capital of which country?",
      "of which country is {} the capital?",
      "what country is {} the capital of?",
      "whose capital is {}?",
      "which country's capital is {}?",
      "in which country is {} the capital?",
      "what country has {} as its capital?",
      "the city {} is the capital of what country?",
      "{} is the capital of?",
      "{} is the main city of which country?",
      "name the country whose capital is {}.",
      "which country has the capital city {}?",
      "{} is the capital city of what country?",
      "tell me the country that has the capital {}.",
    ],
    heldOut: ["name the country that has the capital {}.", "{} is the capital city of which country?"],
    another: ["and {}?", "what about {}?", "how about {}?", "and which country has {}?"],
  },
];
