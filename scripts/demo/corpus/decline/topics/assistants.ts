/** Other assistants, models and companies. */
import { words } from "../lists.ts";

export const ASSISTANTS_TOPICS: readonly string[] = words(`
ChatGPT | GPT-4 | GPT-5 | Claude | Gemini | Copilot | Siri | Alexa | Midjourney | Stable Diffusion | DALL-E
Grok | OpenAI's boss | Anthropic | Google | DeepMind | Meta | Microsoft | Apple | Amazon | Netflix
Nvidia shares | Tesla | IBM | Intel | Samsung | Sony | Nintendo | Facebook | Instagram | TikTok | YouTube
Twitter | WhatsApp | Telegram | Spotify | Uber | Airbnb | Wikipedia | Reddit | LinkedIn | Zoom calls
self-driving cars | robots | face recognition | chess computers | AlphaGo | deepfakes | image generators
speech recognition | voice assistants | the Turing test | superintelligence | AI laws | the future of AI
convolutional networks | decision trees | random forests | support vector machines | genetic algorithms
reinforcement learning | diffusion models | chatbots of banks | machine translation | LSTMs | BERT | word2vec
`);
