"""Words of each domain, as people of the field write them: what they call it, and what its classes are called.

Names say the domain by themselves (`histopathology`); things are what its classes are often called (`stroma`), and only
several of them say it. `a_b` is a phrase, with any separator or none. `stem*` is any word that begins so, which covers
most languages where the stem is Greek or Latin, and `*end` one that ends so, as German compounds do. Spelling is folded
before words are compared (`word_hits.folded`).
"""

from __future__ import annotations

PICTURES: dict[str, tuple[str, str]] = {
    "medical": (
        "medical medicine medizin* medicin* medico medica hospital healthcare patient dental dentist* diagnos* "
        "surgery surgical clinic*",
        "tumor cancer healthy_tissue lesion organ benign malignant",
    ),
    "medical/radiology": (
        "radiolog* radiograph* radiogra* rontgen* x_ray chest_film ct ct_scan ct_slice cbct mri mr_image mr_scan "
        "magnetic_resonance tomograph* mammogra* ultrasound ultrason* sonogra* echocardio* ecografia echographie "
        "ultraschall* fluoroscop* angiogra* pet_ct pet_scan dicom brain_scan neuroimaging computertomogra* "
        "dental_panoramic",
        "pneumonia covid tuberculosis pneumothorax effusion cardiomegaly atelectasis consolidation edema emphysema "
        "fibrosis infiltration nodule glioma meningioma pituitary fracture hemorrhage lung chest brain_tumor brain "
        "aorta spleen liver kidney pancreas gallbladder stomach thorax abdomen pelvis spine stroke ischemi* "
        "demented tumor femur humerus breast prostate colon bone knee",
    ),
    "medical/pathology": (
        "histolog* histopatholog* patholog* biops* whole_slide whole_slide_image wsi hematoxylin eosin h_e "
        "immunohistochem* ihc gleason isup tissue gewebe* histochem*",
        "adenocarcinoma carcinoma squamous mucosa stroma adipose debris mucus lymphocyte mitosis mitoses mitotic "
        "gland glandular adenoma adenosis fibroadenoma ductal lobular tubular papillary phyllodes hyperplastic "
        "serrated sessile metasta* lymph_node tumor in_situ invasive necrosis prostate breast colorectal epitheli* "
        "macrophage lymphoma sarcoma mucinous clear_cell serous endometrioid lung liver kidney brain stomach colon",
    ),
    "medical/ophthalmology": (
        "ophthalmo* fundus retina* retinop* retinogra* oct optical_coherence optical_coherence_tomography slit_lamp "
        "eye_disease augenheilkund* netzhaut*",
        "drusen glaucoma cnv dme cataract macula* amd myopia uveitis keratitis pterygium optic_disc proliferative",
    ),
    "medical/dermatology": (
        "dermat* dermoscop* skin_lesion skin_cancer skin_disease skin haut hautkrebs hautkrankheit* piel peau pelle",
        "melanoma nevus nevi naevus naevi keratos* dermatofibroma eczema psoriasis rosacea acne basal melanocytic "
        "vascular_lesion wart urticaria vitiligo tinea ringworm mole",
    ),
    "medical/endoscopy": (
        "endoscop* endoskop* colonoscop* koloskop* gastroscop* gastroskop* bronchoscop* laparoscop* cystoscop* "
        "gastrointestinal gastroenterolog*",
        "polyp esophagitis cecum pylorus barrett colitis ileum z_line retroflex*",
    ),
    "satellite/rgb": (
        "satellit* aerial airborne orthophoto* orthoimag* overhead_image overhead_imagery drone drohne* uav "
        "unmanned_aerial quadcopter remote_sensing remotely_sensed sentinel landsat land_use land_cover "
        "from_the_air from_above from_space earth_observation luftbild* fernerkund* teledetec* telerilevamento "
        "geospatial aerien* aerea aereo top_down_view google_earth",
        "residential highway pasture cropland annual_crop permanent_crop herbaceous runway harbor river river_lake "
        "industrial parking_lot parking farmland meadow overpass intersection viaduct airport stadium chaparral "
        "wetland sea_lake freeway playground grass grassland field forest desert beach baseball_diamond "
        "tennis_court golf_course storage_tank mobile_home_park dense_residential railway_station roundabout "
        "bare_land bare_soil barren impervious canopy vegetation water urban agricultur* orchard",
    ),
    "satellite/multispectral": (
        "multispectral multispektral* hyperspectral hyperspektral* spectral_band near_infrared infrared_band ndvi swir",
        "",
    ),
    "satellite/sar": (
        "sar synthetic_aperture synthetic_aperture_radar radar backscatter sentinel_1",
        "",
    ),
    "microscopy": (
        "microscop* mikroskop* micrograph brightfield bright_field phase_contrast confocal",
        "",
    ),
    "microscopy/cell": (
        "cytolog* zytolog* blood_smear blood_cell white_blood_cell red_blood_cell leukocyte leucocyte hematolog* "
        "bone_marrow pap_smear cell_culture cell_line live_cell peripheral_blood blutzelle* blutbild*",
        "rbc wbc platelet nuclei nucleus neutrophil eosinophil monocyte lymphocyte basophil erythroblast "
        "erythrocyte cell parasitized uninfected plasmodium malaria mitotic mitosis interphase prophase metaphase "
        "anaphase telophase cytoplasm bacteria yeast blood",
    ),
    "microscopy/fluorescence": (
        "fluorescen* fluoreszenz* immunofluorescen* cell_painting dapi gfp high_content",
        "actin tubulin mitochondria golgi nucleoli nucleoplasm cytosol lysosome microtubule endoplasmic_reticulum",
    ),
    "microscopy/electron": (
        "electron_microscop* electron_micrograph elektronenmikroskop* scanning_electron transmission_electron "
        "cryo_em cryo_electron sem_image tem_image sem_micrograph",
        "synapse vesicle mitochondrion organelle sem tem nanoparticle nanowire",
    ),
    "biology/organism": (
        "species taxonom* zoolog* zoologie botan* entomolog* ornitholog* ichthyolog* mycolog* herbarium wildlife "
        "camera_trap flora fauna plankton phytoplankton zooplankton diatom pollen insect plant_disease leaf_disease "
        "crop_disease biodiversity marine_life especie espece oiseau pflanzen* tierart* vogelart* insekten* pilze "
        "plantes leaves_of_plants plant_leaf genus genera butterfly moth beetle mushroom fungus fungi orchid "
        "seedling mosquito caterpillar larva seaweed algae copepod reptile amphibian mammal pest",
        "sparrow warbler finch gull tern woodpecker owl hawk eagle dragonfly ladybug ladybird bee wasp ant plant "
        "leaf daisy tulip dandelion sunflower rose iris lily daffodil poppy geranium maple oak pine weed "
        "grasshopper aphid mite snail coral jellyfish chickweed blight rust mildew leaf_spot bacterial_spot "
        "antelope impala ocelot jaguar bird flower fish animal deer elephant zebra giraffe bear frog snake monkey "
        "leaves wildebeest crop_leaf scab",
    ),
    "document": (
        "ocr handwrit* handschrift* manuscript manuskript* manuscrit* handwritten_digit digit scanned_document "
        "scanned_page document dokument* documento receipt invoice page_layout layout_analysis text_recognition "
        "character_recognition kanji hiragana calligraphy house_number printed_text historical_page written_by_hand "
        "screenshot ziffern chiffres_manuscrits license_plate_number",
        "letter form memo resume email questionnaire scientific_report budget news_article advertisement "
        "specification figure chart diagram",
    ),
    "synthetic": (
        "rendered rendering render simulat* synthetic cgi computer_graphics video_game game_scene game_engine "
        "cad_model virtual_world geometric",
        "circle square triangle hexagon rectangle ellipse cube sphere cylinder shape solid toy",
    ),
    "natural": (
        "everyday household indoor scene_recognition natural_scene natural_image street_view traffic_sign road_sign "
        "car_model car_make make_and_model vehicle_type aircraft food dish recipe cuisine fashion clothing clothes "
        "garment apparel furniture product_photo consumer_photo grocery logo landmark facial facial_expression "
        "portrait selfie pedestrian dog_breed cat_breed pet human_action sport web_photo web_photograph "
        "photo_of_object lebensmittel essen kleidung auto verkehrszeichen verkehrsschild* comida ropa nourriture "
        "vetement voiture automobil* texture breed face",
        "photo photograph* foto object scene cat dog car airplane aeroplane automobile bird deer frog horse ship "
        "truck bus bicycle motorcycle motorbike person boat train chair table sofa bottle cup kitchen bedroom "
        "bathroom street mountain pizza sushi burger hamburger salad soup flower tree elephant bear zebra giraffe "
        "sheep cow monkey fish snake vehicle tool instrument shirt trouser pullover dress coat sandal sneaker boot "
        "jeans skirt hat backpack lamp bed stove toilet toothbrush soap bike phone bag fence house door clock "
        "computer keyboard monitor camera laptop mug spoon knife fork guitar piano umbrella watch sedan suv coupe "
        "convertible pickup van hatchback minivan speed_limit stop yield apple banana orange strawberry potato "
        "cardboard plastic glass metal paper trash office restaurant library church glacier sea building fruit "
        "vegetable shoe towel fear happy sad angry surprised neutral disgusted fearful steak curry taco ramen "
        "dumpling pie pan insect striped dotted checkered woven knitted bread cake rice noodle meat egg cheese "
        "seafood dessert surprise happiness sadness anger contempt disgust",
    ),
}
"""Domain -> what people call it, what its classes are called: of pictures."""

TEXT: dict[str, tuple[str, str]] = {
    "text/legal": (
        "legal law lawyer attorney court statut* contract jurisdict* judgment judgement judicial litigation "
        "legislat* plaintiff privacy_policy terms_of_service tos eula license_agreement treaty constitutional "
        "case_law precedent patent tender procurement parliament* recht gesetz* vertrag* urteil* jurist* juridi* "
        "juridique droit derecho tribunal contrat contrato jura gericht gerichtsurteil* *recht anwalt* human_rights "
        "lobbying",
        "clause liability arbitration termination indemn* confidential* warranty verdict unfair privacy defendant "
        "appeal hearsay government policy compliance claimant agreement bill cited",
    ),
    "text/biomedical": (
        "biomedic* medical medicine medizin* medicin* medico klinisch* patient pubmed medline biorxiv medrxiv "
        "bioinformatic* genom* gene protein pharma* drug disease icd hospital healthcare public_health health_question "
        "radiology_report discharge_summary ehr oncolog* cancer doctor nurse symptom diagnos* pathogen vaccin* "
        "gesundheit* sante salud epidemiolog* health_record electronic_health covid pandemic case_report clinic*",
        "adverse medication dosage treatment therapy trial nutrition virus infection neoplasm cardiovascular health "
        "radiology surgery",
    ),
    "text/scientific": (
        "scientific scholarly academic arxiv preprint research_paper paper_title paper_abstract journal_article "
        "citation chemistry chemical chem* physics mathematic* theorem wissenschaft* scientifique cientific* "
        "engineering thesis dissertation peer_review materials_science biology neuroscience",
        "paper abstract background method result conclusion objective hypothesis research science journal title "
        "astronomy statistics",
    ),
    "text/finance": (
        "finance financ* finanz* stock_market earnings sec_filing investor investment annual_report equity borse "
        "bourse banking stock economic* accounting fintech",
        "bullish bearish loan mortgage dividend market bank currency crypto cryptocurrency credit inflation trading "
        "filing insurance tax",
    ),
    "text/social": (
        "tweet twitter social_media reddit facebook comment review customer_support customer_service customer "
        "feedback forum chat chatbot dialog dialogue conversation complaint support_ticket helpdesk utterance "
        "hate_speech hate toxic toxicity offensive abusive cyberbullying sarcas* blog sms user_post bewertung* "
        "rezension* kommentar* kunden* beschwerde* commentaire critique resena comentario soziale_medien *bewertung "
        "*bewertungen *rezension *rezensionen voice_assistant virtual_assistant",
        "spam ham emotion joy anger sadness fear surprise disgust love sentiment intent refund star message user "
        "post positive negative irony rating product online",
    ),
    "text/general": (
        "news newspaper headline journalis* encyclop* wikipedia web_page website novel fiction poem poetry trivia "
        "nachrichten zeitung* actualites noticias general_knowledge book verse",
        "sports politics business world technology tech entertainment culture travel society topic",
    ),
    "code": (
        "source_code code_snippet code_search programming programmier* python java javascript typescript sql "
        "docstring compiler stack_overflow pull_request commit_message quellcode programming_language coding "
        "software github code_review",
        "code function bug programmer algorithm",
    ),
}
"""The same of texts."""

ALSO_CALLED = {
    "medical": "health",
    "medical/ophthalmology": "eye",
    "satellite/rgb": "landuse",
    "microscopy/cell": "cell malaria blood cell_biology",
    "biology": "marine_biology",
    "biology/organism": "plant animal bird mushroom fungi flower fish leaf leaves coral ecology plant_pathology",
    "document": "character form paperwork",
    "natural": "photo photograph object scene car vehicle dog traffic face consumer product general",
    "text/legal": "jura",
    "text/biomedical": "health",
    "text/scientific": "science research",
    "text/social": "sentiment spam intent emotion",
    "text/general": "politics travel sports entertainment general",
    "code": "programmer",
}
"""Words that mean the domain where they are stated as one, and say little inside a description."""
