"""Special functions whose derivatives by every argument stay in the same family.

SymPy differentiates its incomplete gamma and beta functions by their parameters into Meijer G
functions or not at all. These carry the powers of the logarithm that such a derivative brings
down, so that closed forms of cells can be differentiated by every parameter of a family.
Each class has ``ball(*arguments)``, its rigorous value in python-flint's complex balls.
"""

from __future__ import annotations

from derive.special.circular import circular as circular
from derive.special.fermi_dirac import fermi_dirac as fermi_dirac
from derive.special.incomplete_beta import lowerbeta_log as lowerbeta_log
from derive.special.incomplete_gamma import lowergamma_log as lowergamma_log
from derive.special.incomplete_gamma import uppergamma_log as uppergamma_log
from derive.special.student import student_cdf as student_cdf
from derive.special.velocities import beta_velocity as beta_velocity
from derive.special.velocities import gamma_velocity as gamma_velocity
from derive.special.velocities import student_velocity as student_velocity
from derive.special.velocities import von_mises_velocity as von_mises_velocity

FUNCTIONS = {
    cls.__name__: cls
    for cls in (
        beta_velocity,
        circular,
        fermi_dirac,
        gamma_velocity,
        lowerbeta_log,
        lowergamma_log,
        student_cdf,
        student_velocity,
        uppergamma_log,
        von_mises_velocity,
    )
}
