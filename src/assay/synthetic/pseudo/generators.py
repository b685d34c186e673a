"""Every pseudo-generator by its name in a config."""

from __future__ import annotations

from assay.synthetic.pseudo.blend import Blend
from assay.synthetic.pseudo.generator import PseudoGenerator
from assay.synthetic.pseudo.pca import PcaDraws
from assay.synthetic.pseudo.reconstruction import Reconstruction
from assay.synthetic.pseudo.spectra import Spectra
from assay.synthetic.pseudo.upsampling import Upsampling

PSEUDO: dict[str, PseudoGenerator] = {
    kind.name: kind() for kind in (PcaDraws, Reconstruction, Blend, Spectra, Upsampling)
}
