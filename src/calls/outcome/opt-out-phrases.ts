// The words with which people ask not to be called again, as far as they leave no doubt. Pure; read by opt-out.ts alone.
// Texts are as opt-out.ts compares them: small letters, no accents, no apostrophes, one blank between words.

/**
 * How much beside the words may take them back:
 * - `sentence`: a time in the same sentence ("do not call me again before five").
 * - `turn`: a time, or another limit, anywhere in what the person said in one go ("do not call me. I am driving").
 * - `nothing`: the words stand by themselves ("take me off your list").
 */
export type Guard = "sentence" | "turn" | "nothing";

/** The ways to say it in one language. Patterns match whole words. */
export interface Phrases {
  /** Words that may stand before an imperative; any other makes it a statement ("they do not call me any more"). */
  before: string;
  /** Imperatives, at the beginning of a sentence or after a word of `before`. */
  imperatives: readonly { words: string; guard: Guard }[];
  /** Said anywhere in a sentence. */
  anywhere: readonly { words: string; guard: Guard }[];
  /** Times and limits: beside them the wish is about when, not about whether. */
  limits: string;
  /** Whoever says this says the contrary, or speaks about it. */
  denials?: string;
}

const english: Phrases = {
  before:
    "please|pls|kindly|just|and|so|but|ok|okay|no|nope|yes|yeah|look|listen|hey|hello|said|say|again|sir|madam|maam|thanks|thank you|sorry|then|well|not interested|i told you|i asked you|i tell you|guys|you must|you should|need to|have to|can you|could you|will you|would you|can you please|could you please|would you please|want you to|need you to|like you to|ask you to|asking you to|asked you to|told you to",
  imperatives: [
    {
      words:
        "(do not|dont|never)( you)?( ever| please)? (call|phone|ring|contact|telephone|bother|disturb) (me|us|here|this number|my number|my phone|my house|my home)( ever)? (again|any ?more|ever|any longer)",
      guard: "sentence",
    },
    { words: "(do not|dont|never)( ever)? (call|phone|ring) (again|any ?more|ever again|back again)", guard: "sentence" },
    {
      words:
        "(do not|dont|never)( ever| please)? (call|phone|ring|contact|telephone) (me|us|here|this number|my number)( please| thanks| thank you| ok| okay)?$",
      guard: "turn",
    },
    {
      words:
        "(stop|quit) (calling|phoning|ringing|contacting|telephoning|harassing|bothering) (me|us|here|this number|my number|my phone|my house)(?! (names?|that|this|it|sir|maam|madam|miss|mister|mr|mrs|a|an|the|by|stupid|crazy|your))",
      guard: "sentence",
    },
    { words: "(stop|quit) (calling|phoning)( please| thanks)?$", guard: "turn" },
    { words: "(not (to )?|stop )(call|contact|calling|contacting) (me|us|this number) (again|any ?more|ever again)", guard: "sentence" },
    {
      words:
        "(take|get) (me|us|my number|this number|my name|our number) off (of )?(your|the|this|that|all|any) ([a-z]+ ){0,3}(list|lists|database|system|records)",
      guard: "nothing",
    },
    {
      words:
        "(remove|delete|erase|strike) (me|us|my number|this number|my name|our number|my details|my contact|my contacts)( from (your|the|this|that|all|any) ([a-z]+ ){0,3}(list|lists|database|system|records)|( please| now| immediately| right now| thanks)?$)",
      guard: "nothing",
    },
    {
      words: "(put|add|place) (me|us|my number|this number) (on|to|in|into) (your|the|a) do not (call|contact)( list| register| registry)?",
      guard: "nothing",
    },
    {
      words:
        "(unsubscribe( me| us| my number| this number)?|opt me out|lose my number|lose this number|no more calls|no more phone calls)( please| now| immediately| thanks)?$",
      guard: "nothing",
    },
  ],
  anywhere: [
    {
      words:
        "i (do not|dont|never) want (you|anyone|anybody|you guys|your company) to (call|phone|ring|contact) (me|us|here|this number) (again|any ?more|ever)",
      guard: "sentence",
    },
    {
      words: "i (do not|dont) want you (calling|phoning|contacting) (me|us|here|this number)( again| any ?more| ever)?",
      guard: "sentence",
    },
    { words: "i (do not|dont|never) want (to (get|receive) )?any ?more( of your| of these)?( phone| sales)? calls", guard: "sentence" },
    { words: "i (want|would like|wish|need|have asked) to (opt out|be removed from|be taken off|unsubscribe)", guard: "nothing" },
    { words: "id like to (opt out|be removed from|be taken off|unsubscribe)", guard: "nothing" },
  ],
  limits:
    "before|after|until|till|unless|during|while|when|whenever|today|tonight|tomorrow|now|yet|mon(day)?s?|tue(s|sday)?s?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|weekends?|weekdays?|mornings?|afternoons?|evenings?|nights?|noon|midday|midnight|lunch|hours?|minutes?|week|weeks|month|months|late|later|early|earlier|work|office|driving|meeting|busy|am|pm|oclock|so often|so much|every day|twice|at \\d+|by \\d+|times|back|landline|another number|other number|instead",
  denials:
    "(never|didnt|did not|not|havent|have not) (say|said|tell|told|telling|ask|asked|asking|mean|meant)|(dont|do not|didnt|did not) want you to stop|(wont|will not|cant|cannot|never) stop calling|if you",
};

const spanish: Phrases = {
  before:
    "por favor|favor|ya|que|y|no|oiga|mire|si|bueno|pues|senor|senora|senorita|gracias|le pido que|les pido que|le dije que|les dije que|quiero que|puede|pueden|podria|podrian|ya le dije que",
  imperatives: [
    {
      words:
        "no me (llame|llamen|llames|telefonee|contacte|contacten) (mas|nunca|nunca mas|jamas|otra vez|de nuevo)(?! (tarde|temprano|adelante|de|que))",
      guard: "sentence",
    },
    { words: "no (me )?(vuelva|vuelvan|vuelvas) a (llamar|llamarme|llamarnos|contactarme|telefonearme)", guard: "sentence" },
    { words: "no (llame|llamen) mas(?! (tarde|temprano|adelante|de|que))", guard: "sentence" },
    { words: "no me (llame|llamen|llames)( por favor| gracias)?$", guard: "turn" },
    { words: "(nunca mas|jamas) me (llame|llamen|llames)", guard: "sentence" },
    {
      words: "(deje|dejen|deja|dejad|pare|paren|para|dejar|parar) de (llamar|llamarme|llamarnos|molestar|molestarme)( a este numero)?",
      guard: "sentence",
    },
    {
      words:
        "(me )?(borre|borren|borra|borreme|borrenme|borrame|quita|elimina|saca|quite|quiten|quiteme|quitenme|quitame|elimine|eliminen|elimineme|eliminenme|saque|saqueme|saquenme|sacame)( mi numero| a mi)? de (la|las|su|sus|esa|esta|tu) ([a-z]+ )?(lista|listas|base|bases|registro|registros)",
      guard: "nothing",
    },
    { words: "(borre|borren|elimine|eliminen|quite|quiten) (mi|este) (numero|telefono|contacto)", guard: "nothing" },
  ],
  anywhere: [
    {
      words:
        "no quiero que me (llame|llamen|vuelvan a llamar|vuelva a llamar)( mas| nunca mas| nunca)?(?! (tarde|temprano|adelante|de|que))",
      guard: "turn",
    },
    { words: "no quiero (recibir )?mas (de sus )?llamadas", guard: "sentence" },
    { words: "(darme|me doy|quiero darme) de baja( de (la|su) lista)?", guard: "nothing" },
  ],
  limits:
    "antes|despues|hasta|hoy|manana|mananas|ahora|ahorita|noche|noches|tarde|tardes|mediodia|lunes|martes|miercoles|jueves|viernes|sabado|sabados|domingo|domingos|fin de semana|fines de semana|hora|horas|minutos|a las|a la una|semana|mes|trabajo|oficina|mientras|cuando|todavia|momento|luego|temprano|ocupado|ocupada|conduciendo|manejando|otro numero",
  denials: "no quiero que (dejen?|paren?)|no (dije|he dicho|le dije)|por que|si no",
};

const french: Phrases = {
  before:
    "svp|sil vous plait|sil te plait|non|oui|et|mais|alors|donc|bon|ecoutez|ecoute|monsieur|madame|merci|jai dit|je vous ai dit|je vous dis|pas interesse|pouvez vous|vous pouvez|pourriez vous|veuillez|je vous demande d|je vous demande de",
  imperatives: [
    {
      words:
        "(ne )?(mappelez|mappelle|me rappelez|me rappelle|me telephonez|me contactez|nous appelez|nous rappelez|me derangez) (plus|plus jamais|jamais plus)(?! (tard|tot|souvent|de|que|longtemps))",
      guard: "sentence",
    },
    { words: "nappelez (plus|plus jamais)(?! (tard|tot|souvent|de|que))", guard: "sentence" },
    { words: "ne (mappelez|me rappelez|me telephonez) (jamais|pas)$", guard: "turn" },
    {
      words:
        "(arretez|arrete|arreter|cessez|cesser) (dappeler|dappeler ici|de (mappeler|me rappeler|me telephoner|me contacter|nous appeler|me harceler|mimportuner|appeler|telephoner))",
      guard: "sentence",
    },
    {
      words:
        "(retirez|enlevez|supprimez|rayez|otez|effacez|retirer|enlever|supprimer) (moi|mon numero|mon nom|mes coordonnees|ce numero) (de|des) (votre|vos|la|cette|ces|toutes vos) ([a-z]+ )?(liste|listes|fichier|fichiers|base|bases|registre|registres)",
      guard: "nothing",
    },
    { words: "(retirez|enlevez|supprimez|effacez|supprimer|effacer) (mon|ce) numero( sil vous plait| svp)?$", guard: "nothing" },
  ],
  anywhere: [
    {
      words:
        "(merci de|veuillez|priere de|demande de|prie de|ai dit de|voudrais) ne plus (jamais )?(mappeler|me rappeler|me telephoner|me contacter|nous appeler|appeler)",
      guard: "sentence",
    },
    {
      words:
        "je (ne )?veux plus (etre (appele|appelee|contacte|contactee|derange|derangee)|que vous mappeliez|que vous me rappeliez|recevoir (vos |dautres |d)?appels|recevoir de vos appels)",
      guard: "sentence",
    },
    {
      words:
        "(me|nous) (retirer|enlever|supprimer|rayer) (de|des) (votre|vos|la|cette|ces|toutes vos) ([a-z]+ )?(liste|listes|fichier|fichiers|base|bases|registre|registres)",
      guard: "nothing",
    },
    { words: "(me desinscrire|desinscrivez moi|desabonnez moi)", guard: "nothing" },
  ],
  limits:
    "avant|apres|jusqua|jusquau|aujourdhui|demain|ce soir|soir|soirs|matin|matins|midi|nuit|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|week end|weekend|heure|heures|\\d+ ?h|maintenant|semaine|mois|moment|tard|tot|pendant|quand|travail|bureau|si souvent|autre numero|conduis|reunion|occupe|occupee",
  denials: "pourquoi|(nai|ai) (pas|jamais) dit",
};

const german: Phrases = {
  before: "bitte|und|nein|also|ja|doch|aber|horen sie|hoeren sie|danke|ich sagte|ich sage|kein interesse|dann|jetzt reichts",
  imperatives: [
    {
      words:
        "(rufen sie|ruf|ruft) (bitte )?(mich|uns|hier|diese nummer|unter dieser nummer)( bitte)? (nicht mehr|nie mehr|nie wieder|nicht wieder|niemals wieder|nicht noch einmal|nicht nochmal) an",
      guard: "sentence",
    },
    { words: "(rufen sie|ruf|ruft)( bitte)? (nicht mehr|nie mehr|nie wieder|nicht wieder|niemals wieder) (hier )?an", guard: "sentence" },
    { words: "(rufen sie|ruf) (mich|uns)( bitte)? nicht an$", guard: "turn" },
    { words: "(horen|hoeren) sie( bitte)? (endlich )?(auf|damit auf) (mich |uns |hier |staendig |standig )*anzurufen", guard: "sentence" },
    {
      words:
        "(streichen|nehmen|loschen|loeschen|entfernen) sie( bitte)? (mich|uns|meine nummer|meinen namen|meine telefonnummer)( bitte)? (von|aus) (der|ihrer|dieser|ihren|allen) ([a-z]+ )?(liste|listen|kartei|datenbank|verteiler|system)",
      guard: "nothing",
    },
    {
      words: "(streichen|loschen|loeschen|entfernen) sie( bitte)? (meine|diese) (nummer|telefonnummer|daten|kontaktdaten)",
      guard: "nothing",
    },
    { words: "keine (weiteren )?anrufe mehr( bitte)?$", guard: "sentence" },
    { words: "(unterlassen sie)( bitte)? (die|weitere|ihre|diese) anrufe", guard: "sentence" },
  ],
  anywhere: [
    {
      words:
        "ich (mochte|moechte|will|wunsche|wuensche)( von ihnen)? (nicht mehr|nie mehr|nie wieder)( von ihnen)? (angerufen|kontaktiert|belastigt|belaestigt) werden",
      guard: "sentence",
    },
    { words: "ich (mochte|moechte|will|wunsche|wuensche) keine (weiteren )?anrufe( mehr| von ihnen)", guard: "sentence" },
    { words: "ich (mochte|moechte|will) dass sie (mich|uns|hier) (nicht mehr|nie mehr|nie wieder) anrufen", guard: "sentence" },
    { words: "ich (mochte|moechte|will) nicht dass sie (mich|uns|hier) (nochmal|noch einmal|wieder|noch mal) anrufen", guard: "sentence" },
  ],
  limits:
    "vor|nach|bis|heute|morgen|morgens|jetzt|gerade|abend|abends|mittag|mittags|nacht|nachts|nachmittags?|vormittags?|uhr|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonntags?|wochenende|woche|monat|stunde|stunden|minuten|arbeit|buro|buero|wahrend|waehrend|wenn|solange|spat|spaet|spater|spaeter|fruh|frueh|moment|so oft|andere nummer|beschaftigt|auto",
  denials: "warum|wieso|weshalb|(habe|hab) (nicht|nie) gesagt",
};

const portuguese: Phrases = {
  before:
    "por favor|favor|que|e|nao|olha|olhe|ja|sim|bom|entao|moco|moca|senhor|senhora|obrigado|obrigada|ja falei|falei|eu disse|peco que|quero que|pode|podem|poderia|da para|voce pode",
  imperatives: [
    {
      words:
        "nao me (ligue|liguem|ligues|telefone|telefonem|chame|contate|contatem) (mais|nunca mais|de novo|novamente|outra vez)(?! (tarde|cedo|adiante|de|que))",
      guard: "sentence",
    },
    {
      words:
        "nao (ligue|liguem) (mais|nunca mais|de novo)( para mim| pra mim| para ca| pra ca| para este numero| pra esse numero| aqui)?(?! (tarde|cedo|adiante|de|que))",
      guard: "sentence",
    },
    { words: "nunca mais (me )?(ligue|liguem|telefonem?)", guard: "sentence" },
    { words: "nao me (ligue|liguem|ligues)( por favor| obrigado| obrigada)?$", guard: "turn" },
    {
      words: "(pare|parem|para|parar|deixe|deixem) de (me )?(ligar|telefonar|incomodar|perturbar)( para mim| pra mim)?",
      guard: "sentence",
    },
    {
      words:
        "(me )?(tire|tirem|tira|tirar|remova|removam|retire|retirem|exclua|excluam|apague)( me| meu numero| meu nome| o meu numero| este numero| esse numero)? (da|dessa|desta|das) (sua |tua |vossa |suas )?([a-z]+ )?(lista|listas|base|agenda)",
      guard: "nothing",
    },
    { words: "(remova|removam|apague|apaguem|exclua|excluam|tire|tirem) (o )?(meu|este|esse) (numero|telefone|contato)", guard: "nothing" },
  ],
  anywhere: [
    { words: "nao quero (mais )?que (voces )?me (ligue|liguem)( mais| nunca mais)?(?! (tarde|cedo|de|que))", guard: "turn" },
    { words: "nao quero (mais )?(receber )?(mais )?(ligacoes|chamadas|telefonemas) (de voces|suas|mais)", guard: "sentence" },
    { words: "nao quero mais (receber )?(ligacoes|chamadas|telefonemas)", guard: "sentence" },
  ],
  limits:
    "antes|depois|ate|hoje|amanha|agora|noite|noites|tarde|tardes|manha|manhas|meio dia|segunda|terca|quarta|quinta|sexta|sabado|domingo|fim de semana|finais de semana|hora|horas|minutos|as \\d+|semana|mes|trabalho|servico|escritorio|enquanto|quando|cedo|momento|dirigindo|reuniao|ocupado|ocupada|outro numero",
  denials: "nao quero que (pare|parem|deixem?)|nao (disse|falei)|por que|porque voce",
};

const hindi: Phrases = {
  before:
    "please|plz|aap|ji|nahi|nahin|bhai|bhaiya|sir|madam|dekho|dekhiye|suno|suniye|ab|aur|bola na|boldiya|kripya|haan|kaha na|maine kaha|bas",
  imperatives: [
    {
      words:
        "(mujhe|mujhko|mereko|hume|hamein|humein|hamko|humko|is number par|is number pe|yahan|yaha) (ab |aap |please |aage se |kabhi |dobara |phir se |fir se |phir |fir |wapas |dubara )*(call|phone|fone|kol) (mat|na) (karo|karna|kijiye|kijiyega|kariye|kariyega|karen|karein|kare|kiya karo|kiya kariye|kiya kijiye)",
      guard: "turn",
    },
    {
      words:
        "(dobara|dubara|phir se|fir se|aage se|kabhi bhi|kabhi) (mujhe |hume |is number par |is number pe |yahan |aap )*(call|phone|fone|kol) (mat|na) (karo|karna|kijiye|kijiyega|kariye|kariyega|karen|karein|kare)",
      guard: "sentence",
    },
    {
      words:
        "(call|phone|fone|kol) (mat|na) (karo|karna|kijiye|kijiyega|kariye|kariyega|karen|karein)( please| ji| dobara| phir se| aage se| bhai| aap)?$",
      guard: "turn",
    },
    {
      words: "(mujhe |hume )?(call|phone|fone|kol) karna (band|bandh) (karo|kar do|kardo|kijiye|kar dijiye|karein|karen|kariye)",
      guard: "sentence",
    },
    {
      words:
        "(mera |mere |apni |is )*(number|naam|mujhe) (ko )?(apni |is |aapki )?(list|database|system|soochi) (se|me se|mein se) (hata|nikal|nikaal|delete kar|remove kar|kaat) (do|dijiye|dijiyega|den|dein|dena|deejiye)",
      guard: "nothing",
    },
    {
      words:
        "(apni |is |aapki )?(list|soochi) (se|me se|mein se) (mera |mere |mujhe )*(number |naam |ko )*(hata|nikal|nikaal|delete kar|remove kar|kaat) (do|dijiye|dijiyega|den|dein|dena|deejiye)",
      guard: "nothing",
    },
    { words: "mera number (hata|nikal|nikaal|delete kar|remove kar) (do|dijiye|dijiyega|den|dein|dena)", guard: "nothing" },
  ],
  anywhere: [],
  limits:
    "abhi|aaj|kal|parso|baje|subah|shaam|sham|raat|dopahar|pehle|pahle|baad|tak|office|kaam|jab|jabtak|der|itni|itna|baar baar|din|hafte|mahine|samay|time|busy|driving|gaadi|meeting|somvar|mangalvar|budhvar|guruvar|shukravar|shanivar|ravivar|sunday|saturday|monday|dusre number|doosre number",
};

const hindiInDevanagari: Phrases = {
  before: "प्लीज|प्लीज़|आप|जी|नहीं|भाई|सर|मैडम|देखो|देखिए|सुनो|सुनिए|अब|और|कृपया|हां|हाँ|बस|मैंने कहा",
  imperatives: [
    {
      words:
        "(मुझे|मुझको|हमें|हमको|इस नंबर पर|इस नम्बर पर|यहां|यहाँ) (अब |आप |प्लीज |आगे से |कभी |दोबारा |दुबारा |फिर से |फिर |वापस )*(कॉल|काल|फोन) (मत|ना|न) (करो|करना|कीजिए|कीजिये|कीजिएगा|करिए|करिये|करिएगा|करें|किया करो|किया करें)",
      guard: "turn",
    },
    {
      words:
        "(दोबारा|दुबारा|फिर से|आगे से|कभी भी|कभी) (मुझे |हमें |इस नंबर पर |यहां |यहाँ |आप )*(कॉल|काल|फोन) (मत|ना|न) (करो|करना|कीजिए|कीजिये|कीजिएगा|करिए|करिये|करिएगा|करें)",
      guard: "sentence",
    },
    {
      words: "(कॉल|काल|फोन) (मत|ना|न) (करो|करना|कीजिए|कीजिये|कीजिएगा|करिए|करिये|करिएगा|करें)( प्लीज| जी| दोबारा| फिर से| आगे से| भाई)?$",
      guard: "turn",
    },
    { words: "(मुझे |हमें )?(कॉल|काल|फोन) करना (बंद|बन्द) (करो|कर दो|कीजिए|कीजिये|कर दीजिए|कर दीजिये|करें|करिए)", guard: "sentence" },
    {
      words:
        "(मेरा |मेरे |अपनी |इस )*(नंबर|नम्बर|नाम|मुझे) (को )?(अपनी |इस |आपकी )?(लिस्ट|सूची|डेटाबेस) (से|में से) (हटा|निकाल|डिलीट कर|काट) (दो|दीजिए|दीजिये|दें|देना)",
      guard: "nothing",
    },
    {
      words: "(अपनी |इस |आपकी )?(लिस्ट|सूची) (से|में से) (मेरा |मेरे |मुझे )*(नंबर |नम्बर |नाम |को )*(हटा|निकाल|डिलीट कर|काट) (दो|दीजिए|दीजिये|दें|देना)",
      guard: "nothing",
    },
    { words: "मेरा (नंबर|नम्बर) (हटा|निकाल|डिलीट कर) (दो|दीजिए|दीजिये|दें|देना)", guard: "nothing" },
  ],
  anywhere: [],
  limits:
    "अभी|आज|कल|परसों|बजे|सुबह|शाम|रात|दोपहर|पहले|बाद|तक|ऑफिस|काम|जब|देर|इतनी|इतना|बार बार|दिन|हफ्ते|महीने|समय|टाइम|बिजी|गाड़ी|मीटिंग|सोमवार|मंगलवार|बुधवार|गुरुवार|शुक्रवार|शनिवार|रविवार|दूसरे नंबर",
};

const italian: Phrases = {
  before:
    "per favore|per piacere|per cortesia|e|no|si|ma|allora|senta|guardi|ascolti|grazie|signore|signora|ho detto|le ho detto|vi ho detto|la prego|vi prego|la prego di|vi prego di|potete|puo|potrebbe|vi chiedo di|le chiedo di",
  imperatives: [
    {
      words:
        "non (mi|ci) (chiami|chiamate|chiami mai|chiamate mai|richiami|richiamate|telefoni|telefonate|contatti|contattate|chiamare|disturbi|disturbate) (piu|mai piu|di nuovo|ancora)(?! (tardi|presto|di|spesso|avanti|che))",
      guard: "sentence",
    },
    {
      words:
        "non (chiami|chiamate|chiamatemi|chiamarmi|telefonatemi|contattatemi|chiamateci|richiamatemi) (piu|mai piu)(?! (tardi|presto|di|spesso|avanti|che))",
      guard: "sentence",
    },
    { words: "non (chiamatemi|mi chiami|mi chiamate)( per favore| grazie)?$", guard: "turn" },
    {
      words:
        "(smetta|smettete|smettetela|smettila|smetterla|smettere|basta|finitela) (di|col) (chiamarmi|chiamarci|chiamare|telefonarmi|telefonare|disturbarmi)",
      guard: "sentence",
    },
    {
      words:
        "(mi )?(tolga|toglietemi|togliete|cancelli|cancellatemi|cancellate|rimuova|rimuovetemi|rimuovete|elimini|eliminatemi|levi|levatemi)( il mio numero| il mio nome| questo numero)? (dalla|dalle|dall|dal|da) ?(vostra |sua |vostre |vostro |suo |questa )?([a-z]+ )?(lista|liste|elenco|elenchi|database|archivio)",
      guard: "nothing",
    },
    { words: "(cancelli|cancellate|rimuova|rimuovete|elimini|eliminate|tolga|togliete) (il mio|questo) numero", guard: "nothing" },
  ],
  anywhere: [
    {
      words:
        "non voglio piu (ricevere (le )?(vostre |sue |altre )?(chiamate|telefonate)|essere (chiamato|chiamata|contattato|contattata|disturbato|disturbata)|che mi (chiami|chiamiate))",
      guard: "sentence",
    },
    { words: "non voglio che mi (chiami|chiamiate|richiamiate) (piu|mai piu|ancora)(?! (tardi|presto|di|spesso))", guard: "sentence" },
  ],
  limits:
    "prima|dopo|fino|oggi|domani|adesso|ora|stasera|sera|mattina|notte|pomeriggio|mezzogiorno|lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domenica|fine settimana|ore|alle \\d+|minuti|settimana|mese|lavoro|ufficio|mentre|quando|tardi|presto|momento|cosi spesso|guidando|riunione|occupato|occupata|altro numero",
  denials: "perche|non ho (mai )?detto",
};

/** Every language that is understood. */
export const phrases: readonly Phrases[] = [english, spanish, french, german, portuguese, hindi, hindiInDevanagari, italian];
