/** Near misses: node, peer, router, port, host, network. */
import { lines } from "../lists.ts";

export const NEAR_NETWORK_SENTENCES: readonly string[] = lines(`
How many people use AI-Block in Japan?
Can the router of my home reach 5 GHz?
Which router should I buy for my flat?
How do I reset the password of my home router?
Where does a carpenter use a router?
Why does my router blink red?
Is a wooden router dangerous?
How far does the signal of a router go?
How much does a good router cost?
What is a lymph node?
My lymph node hurts.
How many lymph nodes has a body?
What is a node in botany?
Where are the nodes of the moon?
What is a node in a standing wave?
Who invented Node.js?
How do I write a web server in Node.js?
How do I delete a node of a linked list in C?
What is a leaf node of a decision tree?
Draw me a node of a railway.
What is peer pressure?
How do I resist peer pressure?
What is a peer of England?
Who is the youngest peer in the House of Lords?
What is peer review in science?
How do I get my paper through peer review?
Who wrote Peer Gynt?
Which port is the largest in Europe?
How large is the port of Rotterdam?
Which ships are in the port today?
What does a bottle of port cost?
What do I eat with port wine?
How long does port wine keep?
Is port sweet?
Where is Port Elizabeth?
Which side of a ship is port?
Does the cruise stop at a port in Spain?
Which port on my television is for games?
How do I clean the charging port of my phone?
Does my laptop have a USB port?
Who is the host of the talk show?
What do I bring for the host of a party?
How do I host a dinner?
What does web hosting cost?
How do I host a wedding?
Which host has the cheapest domains?
What is the best network for mobile phones?
How do I make a network of business friends?
Is there a mobile network on Mars?
Which television network shows the match?
Who owns the railway network?
What was The Social Network about?
How does a fungus network in a forest work?
How many neurons are in the network of the brain?
What is the relay race record?
Who ran last in the relay?
Who won the relay?
What is a hole in one?
How do I punch a hole in leather?
What does a slice of cake weigh?
Can I have a slice of pizza?
How many slices are in a loaf?
How do I slice an onion?
How do I hit a slice in tennis?
Who spreads gossip in our office?
What is the newest gossip about the royals?
Is gossip a sin?
My heartbeat is too fast.
How many heartbeats does a mouse have a minute?
What is a normal heartbeat at night?
Who sang Heartbeat?
How do I sync my calendar with my phone?
What is lip sync?
How do I join the army?
How do I join a gym?
Can I join your party?
What does it cost to join a golf club?
`);
