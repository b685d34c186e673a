-- The second database of the server: MLflow's. The first one, of the service, is made by the image itself.
CREATE DATABASE mlflow;
