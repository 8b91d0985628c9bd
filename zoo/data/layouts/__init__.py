"""Data sets that keep to a layout of their own: archives, shards, annotations beside pictures.

shards       a folder of tables: train.csv beside test.csv, Parquet shards, a saved Hugging Face data set
web_dataset  tar archives of samples
arrays       .npz with pictures and labels
annotated    COCO and YOLO annotations, masks
"""
