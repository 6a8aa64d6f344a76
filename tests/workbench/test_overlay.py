"""The colours of the heat map that is drawn over a photo."""

import numpy as np

from spa_desktop.workbench.recognition import heat_map


def test_the_colours_go_from_black_to_pale_yellow_and_grow_brighter():
    assert np.asarray(heat_map(np.zeros((2, 2)), (4, 4)))[0, 0].tolist() == [8, 8, 20]
    assert np.asarray(heat_map(np.ones((2, 2)), (4, 4)))[0, 0].tolist() == [252, 238, 170]
    middle = np.asarray(heat_map(np.full((2, 2), 2 / 3), (4, 4)))[0, 0]
    np.testing.assert_allclose(middle, [222, 92, 48], atol=1)
    brightness = [
        np.asarray(heat_map(np.full((2, 2), share), (4, 4)).convert("L"))[0, 0] for share in np.arange(0, 1.1, 0.1)
    ]
    assert brightness == sorted(brightness)
