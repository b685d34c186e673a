"""The code that MLflow keeps beside a logged bundle (models-from-code); it only names what answers.

MLflow runs this file; it is not imported.
"""

from mlflow.models import set_model

from assay.deploy.pyfunc_model import BundleModel

set_model(BundleModel())
