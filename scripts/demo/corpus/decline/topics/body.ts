/** Body, health and medicine. */
import { words } from "../lists.ts";

export const BODY_TOPICS: readonly string[] = words(`
viruses | vaccines | cancer | headaches | fever | allergies | diets | vitamins | sleep | dreams | psychology
depression | the brain | the heart | bones | teeth | eyes | surgery | doctors | medicine | aspirin | colds | flu
coughs and colds | sore throats | asthma | high blood pressure | heart attacks | strokes | migraine | back pain
broken legs | sprained ankles | burns | blisters | bruises | acne | sunburn | hay fever | lactose
stomach aches | nausea | food poisoning | malaria | measles | tuberculosis | AIDS | Covid | the plague
antibiotics | painkillers | ibuprofen | insulin | hormones | blood groups | blood tests | X-ray pictures
pregnancy | birth | menopause | old age | dementia | autism | anxiety | stress | burnout | insomnia | snoring
nightmares | addiction | smoking | alcohol | drugs | cannabis | caffeine | obesity | fasting | protein | muscles
the liver | the kidneys | the lungs | the stomach | the skin | hair loss | beards | nails | glasses
contact lenses | hearing aids | dentists | braces | nurses | hospitals | pharmacies | first aid | acupuncture
homeopathy | memory loss | left-handed people | twins | height of children | body temperature | hiccups
yawning | tears | blushing
`);
