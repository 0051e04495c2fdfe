/** Other coins and block chains. */
import { words } from "../lists.ts";

export const COINS_TOPICS: readonly string[] = words(`
Ethereum | Dogecoin | Litecoin | Solana | Cardano | Monero | Ripple | Polkadot | stablecoins | crypto exchanges
crypto wallets | NFTs | smart contracts on Ethereum | gas fees | Satoshi | Bitcoin halving | proof of work
proof of stake | Coinbase | Binance | Web3 | the metaverse | meme coins | Bitcoin mining rigs
the Lightning network | Tether | decentralised finance | airdrops of coins
`);
