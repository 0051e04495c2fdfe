/** Places of which the demo model knows nothing. */
import { words } from "./lists.ts";

export const PLACES: readonly string[] = words(`
London | New York | Paris | my town | Berlin | Tokyo | the Alps | Los Angeles | Madrid | Vienna | Moscow
Sydney | Mumbai | Rome | Hamburg | Chicago | Boston | Prague | Zurich | Dublin | Texas | Florida | Bavaria
Scotland | Sicily | Alaska | Siberia | the mountains | the south | my street | Oslo | Cairo | Seattle | Munich
Amsterdam | Brussels | Lisbon | Athens | Istanbul | Budapest | Warsaw | Stockholm | Helsinki | Copenhagen
Reykjavik | Edinburgh | Glasgow | Liverpool | Birmingham | Oxford | Cambridge | Belfast | Milan | Naples
Florence | Turin | Palermo | Seville | Valencia | Porto | Lyon | Marseille | Nice | Bordeaux | Geneva | Basel
Bern | Salzburg | Innsbruck | Frankfurt | Stuttgart | Leipzig | Dresden | Bremen | Hanover | Nuremberg | Kiev
Odessa | Saint Petersburg | Dubai | Tel Aviv | Jerusalem | Teheran | Baghdad | Delhi | Calcutta | Bangkok
Singapore | Hong Kong | Beijing | Seoul | Osaka | Kyoto | Manila | Jakarta | Melbourne | Perth | Auckland
Toronto | Montreal | Vancouver | Mexico City | Havana | Lima | Bogota | Rio de Janeiro | Sao Paulo
Buenos Aires | Lagos | Nairobi | Cape Town | Casablanca | Tunis | Miami | Las Vegas | Dallas | Houston | Denver
Detroit | Philadelphia | Washington | New Orleans | Nashville | Salt Lake City | the Black Forest
the Lake District | the Baltic coast | the North Sea | the Mediterranean | the Riviera | Cornwall | Wales
Mallorca | Ibiza | Cyprus beaches | the Canaries | the Maldives | the Rocky Mountains | the Caribbean
the north | the west | the city centre | my village | my garden | our street | my country | the next town
the airport | the station
`);

/** Countries and places without a capital in the tables. */
export const NOWHERE: readonly string[] = words(`
Narnia | Atlantis | Texas | California | Bavaria | Scotland | Mordor | Gondor | Ruritania | Wakanda | Sicily
Florida | Catalonia | Siberia | Africa | Europe | Asia | the moon | Mars | Utopia | Lilliput | Oz | Neverland
Tatooine | Zubrowka | Freedonia | Bordonia | Kalmar | Velonia | Trastavia | Ontario | Quebec | Normandy
Patagonia | Queensland | Hogwarts | Arrakis | Prussia | Bohemia | Saxony | Tirol | Corsica | Crete | Bali | Java
Alaska | Kansas | Ohio | Nevada | Oregon | Marunia | Pelanor | Drovia | Castoria | Lumeria | Zandar | Quentia
the world | the universe | London | Paris | the sea | my house | England | Wales | Andorra la Nova | Lapland
Flanders | Burgundy | Lombardy | Transylvania | Silesia | Galicia | Alsace | Cornwall | Yorkshire | Virginia
Colorado | Arizona | Michigan | Montana | Georgia in the USA | Manitoba | Alberta | Punjab | Kashmir | Tibet
Hokkaido | Sumatra | Borneo island | Zanzibar | Greenland ice | Latin America | Scandinavia | the Balkans
the Caribbean | the Sahara | the ocean | Venus | Saturn | Pluto | the sun | Gallia | Babylon | Byzantium
Avalon | Camelot | Shangri-La | El Dorado | Xanadu | Asgard | Valhalla | Panem | Vulcan | Krypton city | Genovia
Latveria | Brobdingnag | Laputa | Nowhereland | Fantasia | Arendelle | Rohan | Numenor | Berlin | Tokyo | Rome
New York | my garden | my country | your country | the internet | nothing | heaven | a village | an island
`);
