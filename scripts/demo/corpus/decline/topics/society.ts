/** Law, money, work, and politics. */
import { words } from "../lists.ts";

export const SOCIETY_TOPICS: readonly string[] = words(`
politics | the election | the parliament | the president | taxes | the stock market | bitcoin | inflation
interest rates | banks | insurance | mortgages | real estate | law | contracts | crime | the police | prisons
divorce law | inheritance | wills | tenancy law | rent | landlords | speed tickets | lawyers | judges | courts
juries | the constitution | human rights | free speech | patents | trademarks | copyright law | customs duty
citizenship | immigration | refugees | trade unions | strikes | minimum wages | salaries | unemployment
job interviews | careers | managers | start-ups | business plans | marketing | advertising | sales | bookkeeping
invoices | budgets | savings | loans | credit cards | debt | bankruptcy | stocks | bonds | funds | dividends
gold prices | oil prices | exchange rates | the euro | the dollar | the yen | tariffs | free trade
globalisation | poverty | wealth | charity | income tax | value added tax | tax returns | lotteries | casinos
gambling | betting | fraud | theft | murder trials | fingerprints | detectives | spies | the army | soldiers
tanks | nuclear weapons | peace treaties | the United Nations | NATO | the European Union | democracy
dictators | monarchy | communism | capitalism | socialism | liberals | conservatives | the senate | ministers
mayors | referendums | polls | political parties | corruption | lobbying | newspapers | journalism | fake news
propaganda | feminism | equality | racism | homelessness | social workers | fire brigades | ambulances
postage stamps | the post office | supermarkets | shopping malls | sales taxes | car insurance
health insurance | retirement
`);
